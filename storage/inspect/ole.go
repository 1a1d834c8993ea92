package inspect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strings"
	"unicode/utf16"
)

// compound is an OLE compound file (DOC, XLS), read with every chain bounded by
// the file's own length: a small reader of ours, since what is needed is the list
// of entries and the beginning of one stream.
type compound struct {
	b       []byte
	sector  int
	fat     []uint32
	miniFAT []uint32
	mini    []byte
	entries []oleEntry
}

// oleEntry is a storage (folder) or a stream (file).
type oleEntry struct {
	name    string
	storage bool
	start   uint32
	size    int64
}

const (
	freeSector  = 0xffffffff
	endOfChain  = 0xfffffffe
	miniCutoff  = 4096
	oleHeader   = 512
	maxOLEEntry = 4096
)

var errCompound = errors.New("inspect: compound file broken")

func openCompound(b []byte) (*compound, error) {
	if len(b) < oleHeader || !bytes.HasPrefix(b, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return nil, errCompound
	}
	shift := binary.LittleEndian.Uint16(b[30:])
	if shift != 9 && shift != 12 {
		return nil, errCompound
	}
	c := &compound{b: b, sector: 1 << shift}
	if err := c.readFAT(); err != nil {
		return nil, err
	}
	directory, err := c.chain(le32(b[48:]), int64(len(b)))
	if err != nil {
		return nil, err
	}
	c.readEntries(directory)
	if len(c.entries) == 0 {
		return nil, errCompound
	}
	if first := le32(b[60:]); first < endOfChain {
		raw, err := c.chain(first, int64(len(b)))
		if err != nil {
			return nil, err
		}
		c.miniFAT = words(raw)
		root := c.entries[0]
		if c.mini, err = c.chain(root.start, root.size); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }

func words(b []byte) []uint32 {
	out := make([]uint32, len(b)/4)
	for i := range out {
		out[i] = le32(b[4*i:])
	}
	return out
}

func (c *compound) at(n uint32) ([]byte, error) {
	from := (int64(n) + 1) * int64(c.sector)
	if from >= int64(len(c.b)) {
		return nil, errCompound
	}
	// The last sector of a file may be short.
	return c.b[from:min(from+int64(c.sector), int64(len(c.b)))], nil
}

// readFAT gathers the table of chains, whose own places stand in the header and
// in a chain of further lists.
func (c *compound) readFAT() error {
	places := words(c.b[76:oleHeader])
	next := le32(c.b[68:])
	for range len(c.b)/c.sector + 1 {
		if next >= endOfChain {
			break
		}
		list, err := c.at(next)
		if err != nil || len(list) < c.sector {
			return errCompound
		}
		all := words(list)
		places, next = append(places, all[:len(all)-1]...), all[len(all)-1]
	}
	for _, p := range places {
		if p >= endOfChain {
			continue
		}
		s, err := c.at(p)
		if err != nil {
			return err
		}
		if c.fat = append(c.fat, words(s)...); len(c.fat)*4 > len(c.b)+c.sector*128 {
			return errCompound
		}
	}
	return nil
}

// chain reads a stream of whole sectors, up to limit bytes.
func (c *compound) chain(start uint32, limit int64) ([]byte, error) {
	var out []byte
	seen := make([]bool, len(c.fat))
	for n := start; n < endOfChain && int64(len(out)) < limit; {
		s, err := c.at(n)
		if err != nil || int(n) >= len(c.fat) || seen[n] {
			return nil, errCompound
		}
		seen[n] = true
		out = append(out, s...)
		n = c.fat[n]
	}
	return out[:min(int64(len(out)), limit)], nil
}

func (c *compound) readEntries(directory []byte) {
	for len(directory) >= 128 && len(c.entries) < maxOLEEntry {
		e := directory[:128]
		directory = directory[128:]
		length := int(binary.LittleEndian.Uint16(e[64:]))
		kind := e[66]
		if kind == 0 || length < 2 || length > 64 {
			if len(c.entries) == 0 {
				return
			}
			continue
		}
		letters := make([]uint16, length/2-1)
		for i := range letters {
			letters[i] = binary.LittleEndian.Uint16(e[2*i:])
		}
		c.entries = append(c.entries, oleEntry{name: string(utf16.Decode(letters)), storage: kind == 1, start: le32(e[116:]), size: int64(le32(e[120:]))})
	}
}

// find gives the first entry of that name, whatever its case and place.
func (c *compound) find(name string) (oleEntry, bool) {
	for _, e := range c.entries {
		if strings.EqualFold(e.name, name) {
			return e, true
		}
	}
	return oleEntry{}, false
}

// stream reads the first bytes of a stream; it fails where the file is cut.
func (c *compound) stream(e oleEntry, limit int64) ([]byte, error) {
	want := min(e.size, limit)
	if e.size >= miniCutoff {
		out, err := c.chain(e.start, want)
		if err != nil || int64(len(out)) < want {
			return nil, errCompound
		}
		return out, nil
	}
	var out []byte
	for n := e.start; n < endOfChain && int64(len(out)) < want; {
		from := int(n) * 64
		if int(n) >= len(c.miniFAT) || from >= len(c.mini) || len(out) > miniCutoff {
			return nil, errCompound
		}
		out = append(out, c.mini[from:min(from+64, len(c.mini))]...)
		n = c.miniFAT[n]
	}
	if int64(len(out)) < want {
		return nil, errCompound
	}
	return out[:want], nil
}

// oleHolds tells the kinds of compound files apart by the entry that makes each.
func oleHolds(b []byte) kind {
	c, err := openCompound(b)
	if err != nil {
		return oleKind
	}
	for _, is := range []struct {
		entry string
		kind  kind
	}{{"EncryptedPackage", encryptedOffice}, {"WordDocument", doc}, {"Workbook", xls}, {"Book", xls}} {
		if _, has := c.find(is.entry); has {
			return is.kind
		}
	}
	return unknown
}

// inspectDOC judges a Word document of before 2007.
func inspectDOC(j *judgement, b []byte) {
	c, main, ok := openOffice(j, b, "WordDocument")
	if !ok {
		return
	}
	// File information block: its mark, then flags at 10.
	if len(main) < 32 || binary.LittleEndian.Uint16(main) != 0xa5ec && binary.LittleEndian.Uint16(main) != 0xa5dc {
		j.add(Broken, "no information block")
		return
	}
	if binary.LittleEndian.Uint16(main[10:])&0x0100 != 0 {
		j.facts.Encrypted = true
		j.add(OfficePassword, "")
		return
	}
	table := "0Table"
	if binary.LittleEndian.Uint16(main[10:])&0x0200 != 0 {
		table = "1Table"
	}
	if e, has := c.find(table); has {
		if _, err := c.stream(e, e.size); err != nil {
			j.add(Broken, "table cut")
			return
		}
	}
	for _, name := range []string{"DDEAUTO", "DDE "} {
		// A field begins with the character 0x13, in either width.
		if bytes.Contains(main, []byte("\x13"+name)) || bytes.Contains(main, []byte("\x13 "+name)) ||
			bytes.Contains(main, wide("\x13"+name)) || bytes.Contains(main, wide("\x13 "+name)) {
			j.add(OfficeMacro, "DDE")
		}
	}
	oleParts(j, c)
}

func wide(s string) []byte {
	var out []byte
	for _, u := range utf16.Encode([]rune(s)) {
		out = binary.LittleEndian.AppendUint16(out, u)
	}
	return out
}

// openOffice opens the file and its main stream, whole.
func openOffice(j *judgement, b []byte, names ...string) (*compound, []byte, bool) {
	c, err := openCompound(b)
	if err != nil {
		j.add(Broken, "compound file")
		return nil, nil, false
	}
	for _, name := range names {
		if e, has := c.find(name); has && !e.storage {
			main, err := c.stream(e, e.size)
			if err != nil {
				break
			}
			return c, main, true
		}
	}
	j.add(Broken, "main stream missing or cut")
	return nil, nil, false
}

// oleParts looks for macros and for packages among the entries.
func oleParts(j *judgement, c *compound) {
	for _, e := range c.entries {
		switch name := strings.ToLower(e.name); {
		case name == "macros" && e.storage, name == "vba" && e.storage, name == "_vba_project_cur", name == "_vba_project", name == "xlm":
			j.facts.Macro = true
			j.add(OfficeMacro, "macros")
		case name == "\x01ole10native", name == "package":
			j.facts.Attachment = true
			j.add(OfficeObject, "embedded file")
		case name == "objectpool" && e.storage:
			j.facts.Attachment = true
			j.add(OfficeEmbedded, "embedded object")
		}
	}
}

// Records of a workbook.
const (
	recordFilePass   = 0x2f
	recordBoundSheet = 0x85
	recordEOF        = 0x0a
)

// inspectXLS judges a workbook of before 2007.
func inspectXLS(j *judgement, b []byte) {
	c, main, ok := openOffice(j, b, "Workbook", "Book")
	if !ok {
		return
	}
	if len(main) < 8 || main[1]&^0x08 != 0 || main[0] != 0x09 {
		j.add(Broken, "no beginning of workbook")
		return
	}
	for at := 0; at+4 <= len(main); {
		kind, size := binary.LittleEndian.Uint16(main[at:]), int(binary.LittleEndian.Uint16(main[at+2:]))
		data := main[at+4 : min(at+4+size, len(main))]
		at += 4 + size
		switch {
		case kind == recordFilePass:
			j.facts.Encrypted = true
			j.add(OfficePassword, "")
			return
		case kind == recordBoundSheet && len(data) > 5 && data[5] == 1:
			j.facts.Macro = true
			j.add(OfficeMacro, "macro sheet")
		case kind == recordEOF:
			at = len(main)
		}
	}
	oleParts(j, c)
}
