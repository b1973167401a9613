# The libraries that Rushline stands on, all of them Debian 12 packages (script/bootstrap).

find_package(Boost 1.81 REQUIRED)
# Linked statically, so that the program needs no Boost where it runs.
set(Boost_USE_STATIC_LIBS ON)
find_package(boost_json 1.81 REQUIRED CONFIG)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(date REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto)
find_package(SQLite3 REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(tomlplusplus REQUIRED)
