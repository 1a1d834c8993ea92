package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strconv"
	"strings"
)

// Shape is how a table is written: what parts its cells, what stands around
// those that need it, and on which line its columns are named.
type Shape struct {
	Separator byte
	Quote     byte // 0 where none is used
	Header    int  // line of the names, from 1
}

const separators = ";,\t|"

// openTable settles the shape of a table from its beginning, apart from what
// is forced, and reads the names of its columns.
func openTable(b *bufio.Reader, forced Shape) (*table, error) {
	head, err := b.Peek(sample)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return nil, placed(err, 1)
	}
	t := &table{r: b, line: 1, shape: guessShape(head, forced)}
	if !bytes.Contains(head, []byte("\n")) && bytes.Contains(bytes.TrimRight(head, "\r"), []byte("\r")) {
		t.r = bufio.NewReaderSize(&oldLines{b}, sample)
	}
	for t.line < t.shape.Header {
		if _, err := t.r.ReadSlice('\n'); err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			break
		} else if err == nil {
			t.line++
		}
	}
	cells, line, err := t.row()
	if errors.Is(err, io.EOF) {
		return nil, &fatal{LineError{Line: 1, Key: "import.empty"}}
	}
	var bad *LineError
	if errors.As(err, &bad) {
		return nil, &fatal{*bad}
	}
	if err != nil {
		return nil, placed(err, line)
	}
	t.shape.Header = line
	seen := map[string]int{}
	for i, name := range cells {
		name = strings.TrimSpace(name)
		if at, twice := seen[name]; twice && name != "" {
			return nil, &fatal{LineError{Line: line, Column: i + 1, Field: name, Key: "import.column_twice", Args: []string{strconv.Itoa(at)}}}
		}
		seen[name] = i + 1
		t.header = append(t.header, name)
	}
	for n := len(t.header); n > 1 && t.header[n-1] == ""; n-- {
		t.header = t.header[:n-1]
	}
	return t, nil
}

// oldLines reads files whose lines end by a carriage return alone.
type oldLines struct{ r io.Reader }

func (o *oldLines) Read(b []byte) (int, error) {
	n, err := o.r.Read(b)
	for i, c := range b[:n] {
		if c == '\r' {
			b[i] = '\n'
		}
	}
	return n, err
}

// guessShape takes the separator that cuts the most lines into the same number
// of cells, and as header the first line that has that many.
func guessShape(head []byte, forced Shape) Shape {
	best, score := Shape{Separator: ',', Quote: '"', Header: 1}, -1
	skip := 0
	if line, _, _ := bytes.Cut(head, []byte("\n")); len(line) >= 5 && bytes.EqualFold(line[:4], []byte("sep=")) {
		forced.Separator, skip = line[4], 1 // as spreadsheets say it
	}
	text := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(string(head))
	tried := separators
	if forced.Separator != 0 {
		tried = string(rune(forced.Separator))
	}
	quotes := []byte{'"', '\''}
	if forced.Quote != 0 {
		quotes = []byte{forced.Quote}
	}
	for _, separator := range []byte(tried) {
		for _, quote := range quotes {
			counts, filled := widths(text, separator, quote)
			usual, times := mode(counts[min(skip, len(counts)):])
			least, _ := mode(filled[min(skip, len(filled)):])
			if usual < 2 && forced.Separator == 0 && len(tried) > 1 {
				continue
			}
			points := times*8 + min(usual, 40)
			if quote == '\'' && !strings.Contains(text, string(separator)+"'") {
				continue // an apostrophe is no quote
			}
			if quote == '\'' {
				points -= 4
			}
			if points <= score {
				continue
			}
			score = points
			best = Shape{Separator: separator, Quote: quote, Header: 1}
			for i, n := range filled {
				if i >= skip && i < 20 && n >= least {
					best.Header = 1 + linesBefore(text, separator, quote, i)
					break
				}
			}
		}
	}
	if forced.Header > 0 {
		best.Header = forced.Header
	}
	return best
}

// widths counts the cells of each row of the sample, and those up to the last
// that is filled; the last row is left out where the sample may cut it.
func widths(text string, separator, quote byte) (counts, filled []int) {
	t := &table{r: bufio.NewReader(strings.NewReader(text)), line: 1, shape: Shape{Separator: separator, Quote: quote}}
	for len(counts) < 200 {
		cells, _, err := t.row()
		if err != nil {
			break
		}
		n := len(cells)
		for n > 0 && strings.TrimSpace(cells[n-1]) == "" {
			n--
		}
		if n == 0 {
			cells = nil
		}
		counts, filled = append(counts, len(cells)), append(filled, n)
	}
	if last := len(counts) - 1; len(text) >= sample && last > 0 {
		return counts[:last], filled[:last]
	}
	return counts, filled
}

func linesBefore(text string, separator, quote byte, rows int) int {
	t := &table{r: bufio.NewReader(strings.NewReader(text)), line: 1, shape: Shape{Separator: separator, Quote: quote}}
	for range rows {
		if _, _, err := t.row(); err != nil {
			break
		}
	}
	return t.line - 1
}

// mode is the most frequent width of rows that are not blank, the widest where
// several are, and on how many rows it stands.
func mode(counts []int) (usual, times int) {
	seen := map[int]int{}
	for _, n := range counts {
		if n == 0 {
			continue
		}
		if seen[n]++; seen[n] > seen[usual] || seen[n] == seen[usual] && n > usual {
			usual = n
		}
	}
	return usual, seen[usual]
}
