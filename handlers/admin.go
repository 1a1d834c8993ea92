package handlers

import "passerelle/views/paths"

// administration leads to the first console (P14.1).
func (p *Portal) administration(c *Call) error { return c.SeeOther(paths.AdminSearch()) }
