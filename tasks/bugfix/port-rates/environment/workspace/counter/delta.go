// Package counter does the arithmetic of device counters.
package counter

// Delta returns how far a counter of so many bits went from one reading to the next.
func Delta(previous, current uint64, width int) uint64 {
	return current - previous
}
