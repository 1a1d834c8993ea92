package inspect

import (
	"bytes"
	"encoding/binary"
)

// polyglot refuses a file that is something else as well: a PDF after which an
// archive or a page begins, a picture with a program behind it. Only what stands
// outside the format's own end is looked at, since any bytes may occur within.
func polyglot(j *judgement, k kind, b []byte) {
	var after []byte
	switch k {
	case pdfKind:
		if i := bytes.LastIndex(b, []byte("%%EOF")); i >= 0 {
			after = b[i+5:]
		}
	case png:
		if i := bytes.LastIndex(b, []byte("IEND\xaeB`\x82")); i >= 0 {
			after = b[i+8:]
		}
	case jpeg:
		after = afterJPEG(b)
	case docx, xlsx, odt:
		if i := bytes.LastIndex(b, []byte("PK\x05\x06")); i >= 0 && i+22 <= len(b) {
			after = b[i+22:]
		}
	default:
		return
	}
	if k != docx && k != xlsx && k != odt && endsAsZip(b) {
		j.add(Polyglot, "archive at its end")
	}
	for _, sign := range foreign {
		if containsFold(after, sign) {
			j.add(Polyglot, "something else after its end")
			return
		}
	}
}

// foreign begin something that a machine might run or unpack.
var foreign = [][]byte{[]byte("<script"), []byte("<html"), []byte("<svg"), []byte("<?php"), []byte("%pdf-"), []byte("pk\x03\x04"), []byte("rar!\x1a"),
	[]byte("7z\xbc\xaf"), []byte("this program cannot be run"), []byte("\x7felf")}

// afterJPEG is what follows the end of the last image; cameras put previews there.
func afterJPEG(b []byte) []byte {
	if i := bytes.LastIndex(b, []byte("\xff\xd9")); i >= 0 {
		return b[i+2:]
	}
	return nil
}

// endsAsZip tells whether an archiver would open the file: the end of a central
// directory whose comment runs to the end of the file.
func endsAsZip(b []byte) bool {
	tail := b[max(0, len(b)-22-0xffff):]
	for {
		i := bytes.LastIndex(tail, []byte("PK\x05\x06"))
		if i < 0 {
			return false
		}
		if i+22 <= len(tail) && i+22+int(binary.LittleEndian.Uint16(tail[i+20:])) == len(tail) {
			return true
		}
		tail = tail[:i]
	}
}

func containsFold(b, sign []byte) bool { return bytes.Contains(bytes.ToLower(b), sign) }
