package main

import (
	"bufio"
	"fmt"
	"os"

	"outages/windows"
)

func main() {
	if len(os.Args) != 2 || (os.Args[1] != "plan" && os.Args[1] != "limits") {
		fmt.Fprintln(os.Stderr, "usage: outages plan|limits")
		os.Exit(2)
	}
	if os.Args[1] == "limits" {
		fmt.Println(windows.CalendarName, windows.LeadS, windows.TrailS, windows.JoinGapS,
			windows.MaxLengthS, windows.SplitS, windows.RestS)
		return
	}
	var requests []windows.Window
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var one windows.Window
		if _, err := fmt.Sscan(lines.Text(), &one.From, &one.Until, &one.Host); err != nil {
			fmt.Fprintf(os.Stderr, "%q: %v\n", lines.Text(), err)
			os.Exit(2)
		}
		requests = append(requests, one)
	}
	planned, err := windows.Plan(requests)
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	for _, one := range planned {
		fmt.Println(one.From, one.Until, one.Host)
	}
}
