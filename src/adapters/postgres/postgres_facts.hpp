// What the doctor wants to know of a PostgreSQL database.
#pragma once

#include "adapters/postgres/address.hpp"
#include "core/time.hpp"
#include "doctor/facts.hpp"

namespace rushline::postgres {

// Connects, looks, and changes nothing. What cannot be looked at is nothing.
doctor::DatabaseFacts look_at(const Address& address, const Clock& clock);

}  // namespace rushline::postgres
