#include "frame.hpp"

namespace buoy {

std::vector<std::uint8_t> encode(const Reading&) {
    return {};
}

}  // namespace buoy
