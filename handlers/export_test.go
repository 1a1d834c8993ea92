package handlers

// KeptPages counts the pages in memory.
func KeptPages(p *Portal) int {
	p.pages.mu.Lock()
	defer p.pages.mu.Unlock()
	return len(p.pages.pages)
}
