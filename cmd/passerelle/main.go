// Command passerelle is the whole portal in one program: it serves, works the
// queues, migrates, imports and answers the operator's questions. One file per
// subcommand.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/alecthomas/kong"

	"passerelle/cmd/internal/portal"
	"passerelle/models/cluster"
	"passerelle/storage/child"
)

// cli is the command line; each field's type has a Run method in its own file.
type cli struct {
	portal.Config
	File kong.ConfigFlag `name:"config" help:"File of settings (JSON), read after flags and environment." type:"path" env:"PASSERELLE_CONFIG"`

	Demo    demoCommand    `cmd:"" help:"Run a demonstration on real data: nothing to configure, one machine, local mailbox."`
	Serve   serveCommand   `cmd:"" help:"Serve the portal."`
	Work    workCommand    `cmd:"" help:"Work the queues only: mails and the portal's clock."`
	Migrate migrateCommand `cmd:"" help:"Bring the schema up to date."`
	Import  importCommand  `cmd:"" help:"Import courses, programmes or announcements from other people's files: CSV, NDJSON, LHEO."`
	Reindex reindexCommand `cmd:"" help:"Rebuild the search documents."`
	Search  searchCommand  `cmd:"" help:"Judge the search, compare its index, change its settings."`
	Account accountCommand `cmd:"" help:"Manage accounts."`
	Form    formCommand    `cmd:"" help:"Manage forms."`
	Setting settingCommand `cmd:"" help:"Change a setting of the portal."`
	Storage storageCommand `cmd:"" help:"Look after the documents: check, move, mend, retention."`
	Doctor  doctorCommand  `cmd:"" help:"Say what works, what does not, and what to do."`
	Inspect inspectCommand `cmd:"" help:"Judge files as the portal would: one JSON line each."`
	Verify  verifyCommand  `cmd:"" help:"Check the invariants of the data; exit 1 when one does not hold."`
}

func main() {
	if cluster.ChildMain() || child.Main() {
		return
	}
	tuneMemory()
	var c cli
	parsed := kong.Parse(&c, kong.Name("passerelle"), kong.Description("Portail de formation : catalogue, pré-inscription, accord, décision."),
		kong.UsageOnError(), kong.Configuration(kong.JSON))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(&c.Config); err != nil {
		fmt.Fprintln(os.Stderr, "passerelle:", err)
		os.Exit(1)
	}
}

// softMemory is where the collector begins to work harder, in bytes: a request
// makes garbage by the megabyte, and the live heap is small.
const softMemory = 110 << 20

// tuneMemory trades some memory for fewer collections, unless the operator set
// GOGC or GOMEMLIMIT.
func tuneMemory() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(400)
		debug.SetMemoryLimit(softMemory)
	}
}
