# The libraries that Rushline stands on, all of them Debian 12 packages (script/bootstrap).

find_package(Boost 1.81 REQUIRED)
# Linked statically, so that the program needs no Boost where it runs.
set(Boost_USE_STATIC_LIBS ON)
find_package(boost_json 1.81 REQUIRED CONFIG)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(date REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(tomlplusplus REQUIRED)

# Debian's hiredis comes without a CMake package.
find_path(HIREDIS_INCLUDE hiredis/read.h REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
add_library(Hiredis::hiredis UNKNOWN IMPORTED)
set_target_properties(Hiredis::hiredis PROPERTIES
  IMPORTED_LOCATION "${HIREDIS_LIBRARY}" INTERFACE_INCLUDE_DIRECTORIES "${HIREDIS_INCLUDE}")
