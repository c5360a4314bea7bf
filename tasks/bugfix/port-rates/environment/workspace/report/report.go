// Package report turns samples into lines of text.
package report

import (
	"fmt"

	"portrates/counter"
)

// Sample is one reading of a port's counter.
type Sample struct {
	Port    string
	Width   int
	UptimeS uint32
	Octets  uint64
}

// Ports remembers every port's last sample.
type Ports struct {
	spikeKbit uint64
	last      map[string]Sample
}

// New returns an empty report that marks rates above spikeKbit.
func New(spikeKbit uint64) *Ports {
	return &Ports{spikeKbit: spikeKbit, last: map[string]Sample{}}
}

// Add takes a sample and returns the line to print, empty for a port's first one.
func (p *Ports) Add(sample Sample) string {
	before, known := p.last[sample.Port]
	p.last[sample.Port] = sample
	switch {
	case !known || sample.UptimeS == before.UptimeS:
		return ""
	case sample.UptimeS < before.UptimeS:
		return fmt.Sprintf("%s restart, code %d", sample.Port, CodeRestart)
	}
	rate := counter.Kbit(counter.Delta(before.Octets, sample.Octets, sample.Width), sample.UptimeS-before.UptimeS)
	line := fmt.Sprintf("%s %d kbit/s", sample.Port, rate)
	if rate > p.spikeKbit {
		line += " spike"
	}
	return line
}
