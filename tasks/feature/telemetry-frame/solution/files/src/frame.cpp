#include "frame.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace buoy {
namespace {

void put(std::vector<std::uint8_t>& frame, std::uint32_t value, int size) {
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) frame.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::uint32_t fitted(std::int64_t value) {
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(value, -32768, 32767));
}

std::int64_t quarter(std::int64_t value) {
    return value < 0 ? -((-value + 2) / 4) : (value + 2) / 4;
}

std::uint16_t checksum(std::vector<std::uint8_t>::const_iterator first, std::vector<std::uint8_t>::const_iterator last) {
    std::uint16_t crc = kCrcInit;
    for (; first != last; ++first) {
        crc = static_cast<std::uint16_t>(crc ^ (*first << 8));
        for (int bit = 0; bit < 8; ++bit) crc = static_cast<std::uint16_t>((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
    }
    return crc;
}

}  // namespace

std::vector<std::uint8_t> encode(const Reading& reading) {
    const std::size_t count = reading.temperatures.size();
    if (count == 0) throw std::invalid_argument("no samples");
    if (count > kMaxSamples) {
        throw std::invalid_argument(std::to_string(count) + " samples, at most " + std::to_string(kMaxSamples));
    }
    if (reading.previous_time) {
        const std::int64_t silent = static_cast<std::int64_t>(reading.time) - *reading.previous_time;
        if (silent > kSilenceS) throw std::invalid_argument("buoy silent for " + std::to_string(silent) + " s");
    }
    std::vector<std::uint8_t> frame;
    put(frame, kSyncWord, 2);
    put(frame, kFormatRevision, 1);
    put(frame, kFleetId, 2);
    put(frame, reading.buoy, 2);
    put(frame, reading.time, 4);
    put(frame, fitted(quarter(static_cast<std::int64_t>(reading.pressure_pa) - kPressureOffsetPa)), 2);
    put(frame, static_cast<std::uint32_t>(count), 1);
    for (std::int32_t temperature : reading.temperatures) put(frame, fitted(temperature), 2);
    put(frame, checksum(frame.begin() + 2, frame.end()), 2);
    return frame;
}

}  // namespace buoy
