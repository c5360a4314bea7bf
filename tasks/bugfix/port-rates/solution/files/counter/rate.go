package counter

// Kbit returns octets within some seconds as kbit/s, rounded down.
func Kbit(octets uint64, seconds uint32) uint64 {
	return octets * 8 / (1000 * uint64(seconds))
}
