// Package faults cuts, kills and starts again the program while people use it, and looks
// at what is left: nothing half done, nothing lost (P15.4). It holds tests alone.
package faults
