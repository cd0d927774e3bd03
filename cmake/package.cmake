# SPDX-License-Identifier: Apache-2.0
# The documents, wherever it is installed; and the Debian package, made by ./dev deb: the server below /usr, a systemd
# unit, /etc/sandgate/config.yaml.
install(DIRECTORY ${CMAKE_SOURCE_DIR}/docs DESTINATION ${CMAKE_INSTALL_DATAROOTDIR}/doc/sandgate
        FILES_MATCHING PATTERN "*.md")

set(SANDGATE_PACKAGE_FILES ${CMAKE_BINARY_DIR}/package)

# The shipped configuration, for a service of a machine: the interpreters are Debian's, and nobody else reaches the
# port before its key has been changed.
file(READ ${CMAKE_SOURCE_DIR}/conf/config.yaml text)
string(REPLACE "python_path: /opt/python/bin/python3" "python_path: /usr/bin/python3" text "${text}")
string(REPLACE "nodejs_path: /usr/local/bin/node" "nodejs_path: /usr/bin/node" text "${text}")
string(APPEND text "
log_path: /var/log/sandgate

server:
  address: 127.0.0.1  # 0.0.0.0: others reach the port; first change app.key
")
file(CONFIGURE OUTPUT ${SANDGATE_PACKAGE_FILES}/config.yaml CONTENT "${text}" @ONLY)

# Not part of `cmake --install`: only a package knows where these go.
# It is where the operator puts keys.
install(FILES ${SANDGATE_PACKAGE_FILES}/config.yaml DESTINATION /etc/sandgate PERMISSIONS OWNER_READ OWNER_WRITE
        COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/systemd/sandgate.service DESTINATION /lib/systemd/system
        COMPONENT debian EXCLUDE_FROM_ALL)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/debian/copyright DESTINATION /usr/share/doc/sandgate
        COMPONENT debian EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_CMAKE_GENERATOR Ninja)
# What it holds is built before; the default would build the tests too.
set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};sandgate;ALL;/;${CMAKE_BINARY_DIR};sandgate;debian;/")
set(CPACK_PACKAGE_NAME sandgate)
set(CPACK_PACKAGE_CONTACT "The sandgate authors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "sandbox for the code nodes of Dify, with an HTTP API")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
    " Runs untrusted Python and Node.js programs, each alone behind several layers of the kernel, and tells which
 call was refused, why, and which line of the configuration allows it. It answers the HTTP API of dify-sandbox.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "python3 (>= 3.8)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "nodejs (>= 18), python3-jinja2, python3-requests, python3-httpx")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${CMAKE_SOURCE_DIR}/packaging/debian/conffiles ${CMAKE_SOURCE_DIR}/packaging/debian/postinst
    ${CMAKE_SOURCE_DIR}/packaging/debian/prerm ${CMAKE_SOURCE_DIR}/packaging/debian/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
