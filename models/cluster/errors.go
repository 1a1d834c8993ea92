package cluster

import "errors"

// Kinds of refusal, to be tested with errors.Is; the wrapped text is a whole sentence for the operator.
var (
	// ErrBusy: another portal runs on this folder.
	ErrBusy = errors.New("the data folder is in use")
	// ErrPrograms: no PostgreSQL programs on this machine fit.
	ErrPrograms = errors.New("no fitting PostgreSQL programs")
	// ErrFormat: the folder was written by a later Passerelle.
	ErrFormat = errors.New("the data folder has a later format")
	// ErrFolder: the folder cannot be used (owner, rights, length of its path).
	ErrFolder = errors.New("the data folder cannot be used")
	// ErrServer: the server was started and did not come up.
	ErrServer = errors.New("PostgreSQL did not start")
	// ErrIdle: Attach found no running portal on this folder.
	ErrIdle = errors.New("no portal runs on the data folder")
)
