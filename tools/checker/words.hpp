#pragma once

#include "schema/ids.hpp"

#include <string>

// How faults name things.

namespace parley::checker {

std::string in_words(conversation_id x);
std::string in_words(user_id x);
std::string in_words(device_id x);

} // namespace parley::checker
