// SPDX-License-Identifier: Apache-2.0
// The few functions of Node-API that we call, declared as its documentation has them (an interface in C
// that never changes), so that no header of node is needed to build.
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {

using napi_env = struct napi_env__*;
using napi_value = struct napi_value__*;
using napi_callback_info = struct napi_callback_info__*;
using napi_callback = napi_value (*)(napi_env, napi_callback_info);
struct uv_loop_s;

enum napi_status { napi_ok };  // NOLINT(readability-identifier-naming): the names are those of N-API

inline constexpr std::size_t kNapiAutoLength = SIZE_MAX;

napi_status napi_create_string_utf8(napi_env, const char* text, std::size_t length, napi_value* result);
napi_status napi_create_array_with_length(napi_env, std::size_t length, napi_value* result);
napi_status napi_set_element(napi_env, napi_value object, std::uint32_t index, napi_value value);
napi_status napi_create_int32(napi_env, std::int32_t value, napi_value* result);
napi_status napi_create_double(napi_env, double value, napi_value* result);
napi_status napi_get_boolean(napi_env, bool value, napi_value* result);
napi_status napi_create_function(napi_env, const char* name, std::size_t length, napi_callback, void* data,
                                 napi_value* result);
napi_status napi_set_named_property(napi_env, napi_value object, const char* name, napi_value value);
napi_status napi_throw_error(napi_env, const char* code, const char* message);
napi_status napi_get_uv_event_loop(napi_env, uv_loop_s** loop);
}
