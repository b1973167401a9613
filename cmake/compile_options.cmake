# How every file of Rushline is compiled: the language, warnings as errors, optimisation,
# sanitizers, and the tools that keep rebuilds short (ccache, mold).

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

# Assertions stay on in release: NDEBUG is defined nowhere.
set(CMAKE_CXX_FLAGS_DEBUG "-O1 -g")
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1")

set(RUSHLINE_SANITIZE "" CACHE STRING
  "Sanitizers, as given to -fsanitize=: address,undefined or thread")

find_package(Threads REQUIRED)

# What Rushline's own targets link: flags of the whole program.
add_library(rushline_options INTERFACE)
target_link_libraries(rushline_options INTERFACE Threads::Threads)
target_include_directories(rushline_options INTERFACE
  "${PROJECT_SOURCE_DIR}/src" "${PROJECT_BINARY_DIR}/include")
target_compile_options(rushline_options INTERFACE
  -fno-omit-frame-pointer -fdiagnostics-color=auto)
target_compile_definitions(rushline_options INTERFACE
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# Warnings are errors. -Wrestrict is off: GCC 12 reports it falsely on std::string (PR 105329).
add_library(rushline_warnings INTERFACE)
target_compile_options(rushline_warnings INTERFACE
  -Werror -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wold-style-cast -Wcast-qual -Wextra-semi -Wduplicated-cond -Wlogical-op
  -Wformat=2 -Wimplicit-fallthrough -Wundef -Wno-restrict)

# At -O3 and under the sanitizers the flow analysis of GCC 12 finds what is not there: std::string
# members "may be uninitialized", fmt "writes past" its fill characters. The dev build keeps both.
set(false_findings "-Wno-maybe-uninitialized;-Wno-stringop-overflow")
target_compile_options(rushline_warnings INTERFACE "$<$<CONFIG:Release>:${false_findings}>")

if(RUSHLINE_SANITIZE)
  target_compile_options(rushline_warnings INTERFACE ${false_findings})
  target_compile_options(rushline_options INTERFACE
    -fsanitize=${RUSHLINE_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(rushline_options INTERFACE -fsanitize=${RUSHLINE_SANITIZE})
  target_compile_options(rushline_warnings INTERFACE -Wno-tsan)
endif()

find_program(RUSHLINE_CCACHE ccache)
if(RUSHLINE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${RUSHLINE_CCACHE}")
endif()

find_program(RUSHLINE_MOLD mold)
if(RUSHLINE_MOLD)
  target_link_options(rushline_options INTERFACE -fuse-ld=mold)
endif()
