// Package counter does the arithmetic of device counters.
package counter

// Delta returns how far a free running counter of so many bits went from one reading to the next.
func Delta(previous, current uint64, width int) uint64 {
	delta := current - previous
	if width < 64 {
		delta &= 1<<width - 1
	}
	return delta
}
