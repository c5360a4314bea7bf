package counter

// Kbit returns octets within some seconds as kbit/s, rounded down.
func Kbit(octets uint64, seconds uint32) uint64 {
	return octets / (125 * uint64(seconds)) // 1 kbit is 125 octets
}
