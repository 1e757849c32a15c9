// A reader in Go: the words of a text file, one a record, with the line that they stand on.
//
//	go build -buildmode=c-shared -o libwords_reader.so main.go
package main

// #include <stdint.h>
// #include <stdlib.h>
import "C"

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/cgo"
	"strings"
	"sync"
	"unsafe"
)

// reader is what create_reader returns a handle of.
type reader struct {
	Path      string `json:"path"`
	BaseDir   string `json:"base_dir"`
	BatchRows int    `json:"batch_rows"`
	file      *os.File
	lines     *bufio.Scanner
	line      int64
	lastError error
}

// record is one word.
type record struct {
	Line int64  `json:"line"`
	Word string `json:"word"`
}

const schema = `[{"name": "line", "type": "int64", "nullable": false},
	{"name": "word", "type": "string", "nullable": false}]`

// createError is why create_reader failed last, on any thread.
var (
	createLock  sync.Mutex
	createError error
)

func main() {}

func open(config string) (*reader, error) {
	r := &reader{BatchRows: 1000}
	if err := json.Unmarshal([]byte(config), r); err != nil {
		return nil, err
	}
	if r.Path == "" {
		return nil, fmt.Errorf("path is missing")
	}
	if !filepath.IsAbs(r.Path) {
		r.Path = filepath.Join(r.BaseDir, r.Path)
	}
	var err error
	if r.file, err = os.Open(r.Path); err != nil {
		return nil, err
	}
	r.lines = bufio.NewScanner(r.file)
	return r, nil
}

// next is the words of the next lines, none at the end: a batch has whole lines.
func (r *reader) next() ([]record, error) {
	var records []record
	for len(records) < r.BatchRows && r.lines.Scan() {
		r.line++
		for _, word := range strings.Fields(r.lines.Text()) {
			records = append(records, record{r.line, word})
		}
	}
	return records, r.lines.Err()
}

// contained turns a panic into an error: it must not leave the library.
func contained(work func() error) (err error) {
	defer func() {
		if fault := recover(); fault != nil {
			err = fmt.Errorf("panic: %v", fault)
		}
	}()
	return work()
}

func of(handle C.uintptr_t) *reader { return cgo.Handle(handle).Value().(*reader) }

//export abi_version
func abi_version() C.uint32_t { return 1 }

//export free_string
func free_string(text *C.char) { C.free(unsafe.Pointer(text)) }

//export last_error
func last_error(handle C.uintptr_t) *C.char {
	createLock.Lock()
	defer createLock.Unlock()
	err := createError
	if handle != 0 {
		err = of(handle).lastError
	}
	if err == nil {
		return nil
	}
	return C.CString(err.Error())
}

//export create_reader
func create_reader(config *C.char) C.uintptr_t {
	var created *reader
	err := contained(func() (err error) {
		created, err = open(C.GoString(config))
		return err
	})
	createLock.Lock()
	defer createLock.Unlock()
	createError = err
	if err != nil {
		return 0
	}
	return C.uintptr_t(cgo.NewHandle(created))
}

//export reader_schema
func reader_schema(handle C.uintptr_t) *C.char { return C.CString(schema) }

//export extract_batch
func extract_batch(handle C.uintptr_t) *C.char {
	r := of(handle)
	var answer []byte
	r.lastError = contained(func() error {
		records, err := r.next()
		if err != nil || len(records) == 0 {
			return err
		}
		answer, err = json.Marshal(records)
		return err
	})
	if answer == nil || r.lastError != nil {
		return nil
	}
	return C.CString(string(answer))
}

//export free_reader
func free_reader(handle C.uintptr_t) {
	if handle != 0 {
		of(handle).file.Close()
		cgo.Handle(handle).Delete()
	}
}
