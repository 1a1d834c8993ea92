// Command bench measures a built portal beside baselines in the same run, since
// the machine is shared: what counts is the ratio.
//
// It builds the binary, starts it on a folder of its own, sends the load from a
// separate process, and prints a table and JSON.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"time"

	"passerelle/models/cluster"
)

type options struct {
	Seconds int
	Clients int
	JSON    string
	Cases   string
	Data    string // folder with the query sets of the data pack
	// Dossiers is how many applications the desk is measured at.
	Dossiers int
	Courses  int // of the import
	// Documents are the sizes of the catalogue that search-meili is measured at.
	Documents string
	Folder    string // kept for the next run
}

func main() {
	if cluster.ChildMain() {
		return
	}
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "load": // the separate process that sends requests
			exit(loadChild(os.Stdin, os.Stdout))
		case "fiber": // the bare baseline of a course page
			exit(bareFiber(os.Args[2:]))
		case "store": // that of files taken and given
			exit(bareStore(os.Args[2:]))
		}
	}
	var o options
	flag.IntVar(&o.Seconds, "seconds", 8, "length of each measured run")
	flag.IntVar(&o.Clients, "clients", 8, "concurrent connections of throughput cases")
	flag.StringVar(&o.JSON, "json", "", "write the figures to this file too")
	flag.StringVar(&o.Cases, "cases", "start,search,course,step,submission,upload,download,review,desk",
		"cases to run; import, search-10k, search-100k and search-1m only where they are named")
	flag.IntVar(&o.Dossiers, "dossiers", 100_000, "applications at the desk")
	flag.IntVar(&o.Courses, "courses", 1_000_000, "generated courses of the case import, which is not run unless it is named")
	flag.StringVar(&o.Documents, "documents", "10000,100000", "sizes of the catalogue of the case search-meili, which is not run unless it is named")
	flag.StringVar(&o.Data, "queries", os.Getenv("PASSERELLE_TEST_DATA"), "folder of the data pack, for its query sets")
	flag.StringVar(&o.Folder, "folder", "", "keep the portal's folder here for the next run; its first start is then no figure")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	exit(run(ctx, o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

func run(ctx context.Context, o options) error {
	p, err := build(ctx, o.Folder)
	if err != nil {
		return err
	}
	defer p.remove()
	var rows []row
	cases := []struct {
		name string
		run  func(context.Context, *portal, options) ([]row, error)
	}{{"start", startCase}, {"search", searchCase}, {"search-meili", searchMeiliCase}, {"course", courseCase}, {"step", stepCase}, {"submission", submissionCase},
		{"upload", uploadCase}, {"download", downloadCase}, {"review", reviewCase}, {"desk", deskCase}, {"import", importCase},
		{"search-10k", scaleCase(10_000)}, {"search-100k", scaleCase(100_000)}, {"search-1m", scaleCase(1_000_000)}}
	if err := p.firstStart(ctx); err != nil {
		return err
	}
	for _, c := range cases {
		if !slices.Contains(strings.Split(o.Cases, ","), c.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s…\n", c.name)
		got, err := c.run(ctx, p, o)
		table(got)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", c.name, err), p.stop())
		}
		rows = append(rows, got...)
	}
	if err := p.stop(); err != nil {
		return err
	}
	if o.JSON == "" {
		return nil
	}
	b, err := json.MarshalIndent(rows, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(o.JSON, append(b, '\n'), 0o644)
}

// row is one measured line, with the baseline that it is a ratio of.
type row struct {
	Case      string  `json:"case"`
	PerSecond float64 `json:"per_second,omitempty"`
	MBs       float64 `json:"megabytes_per_second,omitempty"`
	P50       float64 `json:"p50_ms,omitempty"`
	P95       float64 `json:"p95_ms,omitempty"`
	P99       float64 `json:"p99_ms,omitempty"`
	CPU       float64 `json:"cpu_percent,omitempty"` // of the portal's process, 100 = one core
	RSS       int     `json:"rss_mib,omitempty"`
	Ratio     float64 `json:"ratio,omitempty"` // of the baseline's throughput
	Seconds   float64 `json:"seconds,omitempty"`
	Errors    int     `json:"errors,omitempty"`
	Note      string  `json:"note,omitempty"`
}

func table(rows []row) {
	fmt.Printf("%-60s %9s %7s %8s %8s %8s %6s %6s %6s  %s\n", "case", "per s", "MB/s", "p50 ms", "p95 ms", "p99 ms", "cpu %", "RSS", "ratio", "")
	for _, r := range rows {
		note := r.Note
		if r.Seconds > 0 {
			note = fmt.Sprintf("%.2f s %s", r.Seconds, note)
		}
		if r.Errors > 0 {
			note = fmt.Sprintf("%d ERRORS %s", r.Errors, note)
		}
		fmt.Printf("%-60s %9s %7s %8s %8s %8s %6s %6s %6s  %s\n", r.Case, figure(r.PerSecond, 0), figure(r.MBs, 0), figure(r.P50, 2), figure(r.P95, 2), figure(r.P99, 2),
			figure(r.CPU, 0), figure(float64(r.RSS), 0), figure(r.Ratio, 2), note)
	}
}

func figure(v float64, decimals int) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.*f", decimals, v)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
