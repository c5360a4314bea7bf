package counter

// Kbit returns octets within some seconds as kbit/s, rounded down.
func Kbit(octets uint64, seconds uint32) uint64 {
	bits := uint32(octets) * 8
	return uint64(bits / (1000 * seconds))
}
