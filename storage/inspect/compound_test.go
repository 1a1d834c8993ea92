package inspect_test

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"passerelle/storage/inspect"
)

// entry is a stream of a made compound file, or a storage where content is nil.
type entry struct {
	name    string
	content []byte
}

// compoundOf writes a compound file of 512-byte sectors: table, directory, then
// every stream padded to the size that keeps it out of the small ones.
func compoundOf(entries ...entry) []byte {
	const sector = 512
	var data []byte
	directory := oleEntry("Root Entry", 5, 0xfffffffe, 0)
	fat := []uint32{0xfffffffd}
	dirSectors := (len(entries) + 1 + 3) / 4
	for i := range dirSectors {
		next := uint32(i + 2)
		if i == dirSectors-1 {
			next = 0xfffffffe
		}
		fat = append(fat, next)
	}
	for _, e := range entries {
		if e.content == nil {
			directory = append(directory, oleEntry(e.name, 1, 0, 0)...)
			continue
		}
		content := append(bytes.Clone(e.content), make([]byte, max(0, 4096-len(e.content)))...)
		content = append(content, make([]byte, (sector-len(content)%sector)%sector)...)
		start := uint32(len(fat))
		for range len(content)/sector - 1 {
			fat = append(fat, uint32(len(fat)+1))
		}
		fat = append(fat, 0xfffffffe)
		directory = append(directory, oleEntry(e.name, 2, start, uint32(len(content)))...)
		data = append(data, content...)
	}
	directory = append(directory, make([]byte, dirSectors*sector-len(directory))...)
	for len(fat) < 128 {
		fat = append(fat, 0xffffffff)
	}
	head := make([]byte, sector)
	copy(head, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	le := binary.LittleEndian
	le.PutUint16(head[24:], 0x3e)
	le.PutUint16(head[26:], 3)
	le.PutUint16(head[28:], 0xfffe)
	le.PutUint16(head[30:], 9)
	le.PutUint16(head[32:], 6)
	le.PutUint32(head[44:], 1)
	le.PutUint32(head[48:], 1)
	le.PutUint32(head[56:], 4096)
	le.PutUint32(head[60:], 0xfffffffe)
	le.PutUint32(head[68:], 0xfffffffe)
	for i := 76; i < sector; i += 4 {
		le.PutUint32(head[i:], 0xffffffff)
	}
	le.PutUint32(head[76:], 0)
	out := head
	for _, n := range fat[:128] {
		out = le.AppendUint32(out, n)
	}
	return append(append(out, directory...), data...)
}

func oleEntry(name string, kind byte, start, size uint32) []byte {
	e := make([]byte, 128)
	letters := utf16.Encode([]rune(name))
	for i, u := range letters {
		binary.LittleEndian.PutUint16(e[2*i:], u)
	}
	binary.LittleEndian.PutUint16(e[64:], uint16(2*len(letters)+2))
	e[66] = kind
	binary.LittleEndian.PutUint32(e[116:], start)
	binary.LittleEndian.PutUint32(e[120:], size)
	return e
}

// wordStream begins with the information block and its flags.
func wordStream(flags uint16, text string) []byte {
	b := make([]byte, 64)
	binary.LittleEndian.PutUint16(b, 0xa5ec)
	binary.LittleEndian.PutUint16(b[10:], flags)
	return append(b, text...)
}

// records are those of a workbook: its beginning, then some, then its end.
func records(more ...[]byte) []byte {
	b := []byte{0x09, 0x08, 4, 0, 0, 6, 5, 0}
	for _, r := range more {
		b = append(b, r...)
	}
	return append(b, 0x0a, 0, 0, 0)
}

func TestCompound(t *testing.T) {
	c := client(t)
	p := inspect.Policy{Formats: []string{"doc", "xls", "xlsx", "docx"}, MaxBytes: 5 << 20}
	wordFile := func(more ...entry) []byte {
		return compoundOf(append([]entry{{"WordDocument", wordStream(0x0200, "Bonjour")}, {"1Table", []byte("x")}}, more...)...)
	}
	looping := wordFile()
	// The table's entry of the first sector of WordDocument points back at itself.
	binary.LittleEndian.PutUint32(looping[512+4*2:], 2)
	for _, f := range []struct {
		what, name string
		content    []byte
		reason     inspect.Code
	}{
		{"sound", "a.doc", wordFile(), ""},
		{"macros", "a.doc", wordFile(entry{"Macros", nil}, entry{"VBA", nil}, entry{"_VBA_PROJECT", []byte("x")}), inspect.OfficeMacro},
		{"password", "a.doc", compoundOf(entry{"WordDocument", wordStream(0x0300, "x")}, entry{"1Table", []byte("x")}), inspect.OfficePassword},
		{"embedded file", "a.doc", wordFile(entry{"ObjectPool", nil}, entry{"\x01Ole10Native", []byte("MZ")}), inspect.OfficeObject},
		{"embedded object", "a.doc", wordFile(entry{"ObjectPool", nil}), inspect.OfficeEmbedded},
		{"command in a field", "a.doc", compoundOf(entry{"WordDocument", wordStream(0, "\x13 DDEAUTO c:\\cmd")}), inspect.OfficeMacro},
		{"cut", "a.doc", wordFile()[:3000], inspect.Broken},
		{"only its header", "a.doc", wordFile()[:600], inspect.Broken},
		{"chain without end", "a.doc", looping, inspect.Broken},
		{"workbook named document", "a.doc", compoundOf(entry{"Workbook", records()}), inspect.TypeMismatch},
		{"installer named document", "a.doc", compoundOf(entry{"Property", []byte("x")}), inspect.TypeMismatch},
		{"sound workbook", "a.xls", compoundOf(entry{"Workbook", records()}), ""},
		{"workbook with a password", "a.xls", compoundOf(entry{"Workbook", records([]byte{0x2f, 0, 2, 0, 1, 0})}), inspect.OfficePassword},
		{"macro sheet", "a.xls", compoundOf(entry{"Workbook", records([]byte{0x85, 0, 8, 0, 0, 0, 0, 0, 0, 1, 0, 0})}), inspect.OfficeMacro},
		{"workbook macros", "a.xls", compoundOf(entry{"Workbook", records()}, entry{"_VBA_PROJECT_CUR", nil}), inspect.OfficeMacro},
		{"sound new workbook", "a.xlsx", workbook(t, ""), ""},
		{"new workbook with a password", "a.xlsx", workbook(t, "secret"), inspect.OfficePassword},
		{"new workbook named document", "a.docx", workbook(t, ""), inspect.TypeMismatch},
	} {
		t.Run("P7.3 compound files: "+f.what, func(t *testing.T) {
			began := time.Now()
			r, err := c.Inspect(t.Context(), f.name, "", f.content, p)
			if err != nil || r.Reason != f.reason {
				t.Errorf("%q expected, got %+v, %v", f.reason, r, err)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func workbook(t *testing.T, password string) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	if err := f.SetCellValue("Sheet1", "A1", "Bonjour"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := f.Write(&b, excelize.Options{Password: password}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
