#pragma once

#include <cstdint>

namespace parley {

/// Who may write to whom in direct chats of this deployment.
enum class writing : uint8_t { anyone, contacts };

} // namespace parley
