// SPDX-License-Identifier: Apache-2.0
// The program that a Node.js fork server must run before its children serve: what a fork could have broken.
'use strict';
console.log('sound');
