// What the doctor wants to know of a SQLite database.
#pragma once

#include <string>

#include "doctor/facts.hpp"

namespace rushline::sqlite {

// Looks, also while a server runs, and changes nothing; a file that does not exist is not made.
// What the disk below it is like is not known here.
doctor::DatabaseFacts look_at(const std::string& path);

}  // namespace rushline::sqlite
