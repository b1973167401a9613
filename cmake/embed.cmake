# Files that the program carries inside itself (migrations, console assets, openapi.json), so
# that it is one file to install.
#
# rushline_embed(<name> ROOM <room> FILES <file>...)
#   Call it after rushline_room(<room>); the room needs one source file at least. It generates
#   the header "generated/<name>.hpp" with
#       namespace rushline::generated {
#       struct File { std::string_view name; std::string_view bytes; };   // from core
#       std::span<const File> <name>();   // in the order of their names
#       }
#   A file's `name` is its file name without the folder.
find_package(Python3 REQUIRED COMPONENTS Interpreter)

function(rushline_embed name)
  cmake_parse_arguments(EMBED "" "ROOM" "FILES" ${ARGN})
  set(folder "${PROJECT_BINARY_DIR}/include/generated")
  set(script "${PROJECT_SOURCE_DIR}/cmake/embed.py")
  add_custom_command(
    OUTPUT "${folder}/${name}.cpp" "${folder}/${name}.hpp"
    COMMAND "${Python3_EXECUTABLE}" "${script}" "${name}" "${folder}" ${EMBED_FILES}
    DEPENDS "${script}" ${EMBED_FILES}
    COMMENT "Embedding ${name}"
    VERBATIM)
  target_sources(rushline_${EMBED_ROOM} PRIVATE "${folder}/${name}.cpp" "${folder}/${name}.hpp")
endfunction()
