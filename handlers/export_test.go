package handlers

// KeptPages counts the pages in memory.
func KeptPages(p *Portal) int {
	p.pages.mu.Lock()
	defer p.pages.mu.Unlock()
	return len(p.pages.pages)
}

// Noting counts the lines of the query log that are being written.
func Noting(p *Portal) int { return int(p.noted.busy.Load()) }
