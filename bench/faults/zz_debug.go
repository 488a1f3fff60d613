package main

import (
	"fmt"
	"os"
)

func dump(m *matter) {
	if os.Getenv("DUMP") == "" {
		return
	}
	for _, msg := range m.phone.Messages() {
		fmt.Printf("   [%d] %s: %q\n", m.number, msg.From, msg.Text)
	}
}
