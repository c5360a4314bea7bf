package report

import "testing"

func second(first, next Sample) string {
	ports := New(50_000_000)
	ports.Add(first)
	return ports.Add(next)
}

func TestSlowPort(t *testing.T) {
	got := second(Sample{"ge1", 32, 100, 5000}, Sample{"ge1", 32, 110, 30000})
	if got != "ge1 20 kbit/s" {
		t.Errorf("got %q", got)
	}
}

func TestBusyPortPastTheEndOfItsCounter(t *testing.T) {
	got := second(Sample{"ge2", 32, 700, 4294900000}, Sample{"ge2", 32, 710, 1057704})
	if got != "ge2 900 kbit/s" {
		t.Errorf("got %q", got)
	}
}

func TestFastPort(t *testing.T) {
	got := second(Sample{"xe1", 64, 60, 7_000_000_000}, Sample{"xe1", 64, 70, 17_000_000_000})
	if got != "xe1 8000000 kbit/s" {
		t.Errorf("got %q", got)
	}
}
