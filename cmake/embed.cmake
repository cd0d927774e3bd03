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

# sandgate_embed_table(TARGET NAME FOLDER ENDING...): adds to TARGET a generated header <embedded/NAME.h> with every
# file below FOLDER that has one of the endings, as pairs of name (its path below FOLDER) and text in the array
# sandgate::embedded::NAME::kFiles. A new file is noticed by the next build.
set(SANDGATE_EMBED_TABLE_SCRIPT ${CMAKE_CURRENT_LIST_DIR}/embed_table_script.cmake)

function(sandgate_embed_table target name folder)
  set(header ${CMAKE_BINARY_DIR}/generated/embedded/${name}.h)
  set(patterns ${ARGN})
  list(TRANSFORM patterns PREPEND ${CMAKE_SOURCE_DIR}/${folder}/*.)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${patterns})
  # Ninja runs the command again when the command line changes: a file that has gone leaves the list.
  string(SHA256 list "${files}")
  add_custom_command(
    OUTPUT ${header}
    COMMAND ${CMAKE_COMMAND} -DHEADER=${header} -DNAME=${name} -DFOLDER=${CMAKE_SOURCE_DIR}/${folder}
            "-DPATTERNS=${patterns}" -DLIST=${list} -P ${SANDGATE_EMBED_TABLE_SCRIPT}
    DEPENDS ${files} ${SANDGATE_EMBED_TABLE_SCRIPT}
    VERBATIM)
  target_sources(${target} PRIVATE ${header})
  target_include_directories(${target} PUBLIC ${CMAKE_BINARY_DIR}/generated)
endfunction()
