# SPDX-License-Identifier: Apache-2.0
# sandgate_embed(TARGET NAME FILE...): adds to TARGET a generated header <embedded/NAME.h> with one
# constexpr std::string_view per file, in `namespace sandgate::embedded`. The name of each constant is
# k + the file's name in CamelCase: policies/base.yaml -> kBaseYaml.
set(SANDGATE_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_script.cmake)

function(sandgate_embed target name)
  set(header ${CMAKE_BINARY_DIR}/generated/embedded/${name}.h)
  set(files)
  foreach(file IN LISTS ARGN)
    cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${CMAKE_SOURCE_DIR} OUTPUT_VARIABLE absolute)
    list(APPEND files ${absolute})
  endforeach()
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DHEADER=${header} "-DFILES=${files}" -P ${SANDGATE_EMBED_SCRIPT}
    DEPENDS ${files} ${SANDGATE_EMBED_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${header})
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()
