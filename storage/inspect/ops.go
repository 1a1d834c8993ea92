package inspect

import (
	"passerelle/storage/pdf"
	"passerelle/storage/worker"
)

// Ops are this package's operations of a child process.
func Ops(engine *pdf.Engine) worker.Ops { return worker.Ops{} }
