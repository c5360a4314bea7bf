package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"portrates/report"
)

type config struct {
	IntervalMs int    `json:"interval_ms"`
	Community  string `json:"community"`
	SpikeKbit  uint64 `json:"spike_kbit"`
	KeepDays   int    `json:"keep_days"`
}

func main() {
	var settings config
	data, err := os.ReadFile("config/poller.json")
	if err == nil {
		err = json.Unmarshal(data, &settings)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if len(os.Args) > 1 && os.Args[1] == "-show" {
		fmt.Printf("every %d ms as %s, kept %d days\n", settings.IntervalMs, settings.Community, settings.KeepDays)
		return
	}
	ports := report.New(settings.SpikeKbit)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var sample report.Sample
		if _, err := fmt.Sscan(lines.Text(), &sample.Port, &sample.Width, &sample.UptimeS, &sample.Octets); err != nil {
			fmt.Fprintln(os.Stderr, "bad sample:", lines.Text())
			os.Exit(1)
		}
		if text := ports.Add(sample); text != "" {
			fmt.Println(text)
		}
	}
}
