// A writer in Go: JSON lines, one file for each batch.
//
//	go build -buildmode=c-shared -o libjsonl_writer.so main.go
package main

// #include <stdint.h>
// #include <stdlib.h>
import "C"

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime/cgo"
	"sync"
	"unsafe"
)

// writer is what create_writer returns a handle of.
type writer struct {
	OutputPath string `json:"output_path"`
	files      int
	lastError  error
}

// file is a file that is complete.
type file struct {
	Path  string `json:"path"`
	Rows  int    `json:"rows"`
	Bytes int    `json:"bytes"`
}

// createError is why create_writer failed last, on any thread.
var (
	createLock  sync.Mutex
	createError error
)

func main() {}

// write puts each record on a line of its own. Records stay as they were written: numbers would
// lose digits by way of a float64.
func (w *writer) write(records string) ([]file, error) {
	var rows []json.RawMessage
	if err := json.Unmarshal([]byte(records), &rows); err != nil {
		return nil, err
	}
	var lines bytes.Buffer
	for _, row := range rows {
		if err := json.Compact(&lines, row); err != nil {
			return nil, err
		}
		lines.WriteByte('\n')
	}
	path := filepath.Join(w.OutputPath, fmt.Sprintf("part-%d.jsonl", w.files))
	created, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	_, err = created.Write(lines.Bytes())
	if closing := created.Close(); err == nil {
		err = closing
	}
	if err != nil {
		return nil, err
	}
	w.files++
	return []file{{path, len(rows), lines.Len()}}, nil
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

func of(handle C.uintptr_t) *writer { return cgo.Handle(handle).Value().(*writer) }

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

//export create_writer
func create_writer(config *C.char) (handle C.uintptr_t) {
	created := &writer{}
	err := contained(func() error {
		if err := json.Unmarshal([]byte(C.GoString(config)), created); err != nil {
			return err
		}
		if created.OutputPath == "" {
			return fmt.Errorf("output_path is missing")
		}
		return nil
	})
	createLock.Lock()
	defer createLock.Unlock()
	createError = err
	if err != nil {
		return 0
	}
	return C.uintptr_t(cgo.NewHandle(created))
}

//export write_batch
func write_batch(handle C.uintptr_t, records *C.char) *C.char {
	w := of(handle)
	var answer []byte
	w.lastError = contained(func() error {
		files, err := w.write(C.GoString(records))
		if err != nil {
			return err
		}
		answer, err = json.Marshal(files)
		return err
	})
	if w.lastError != nil {
		return nil
	}
	return C.CString(string(answer))
}

//export free_writer
func free_writer(handle C.uintptr_t) {
	if handle != 0 {
		cgo.Handle(handle).Delete()
	}
}
