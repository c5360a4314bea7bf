#include <cstdio>
#include <cstdlib>
#include <exception>

#include "frame.hpp"

static char line[1 << 16];
static std::optional<std::uint32_t> last[1 << 16];

int main() {
    while (std::fgets(line, sizeof line, stdin) != nullptr) {
        char* at = line;
        buoy::Reading reading{};
        reading.buoy = static_cast<std::uint16_t>(std::strtoul(at, &at, 10));
        reading.time = static_cast<std::uint32_t>(std::strtoul(at, &at, 10));
        reading.pressure_pa = static_cast<std::int32_t>(std::strtol(at, &at, 10));
        for (char* end = at;; at = end) {
            const long temperature = std::strtol(at, &end, 10);
            if (end == at) break;
            reading.temperatures.push_back(static_cast<std::int32_t>(temperature));
        }
        reading.previous_time = last[reading.buoy];
        last[reading.buoy] = reading.time;
        try {
            for (std::uint8_t byte : buoy::encode(reading)) std::printf("%02x", byte);
            std::printf("\n");
        } catch (const std::exception& error) {
            std::printf("refused: %s\n", error.what());
        }
    }
    return 0;
}
