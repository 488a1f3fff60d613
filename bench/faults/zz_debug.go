package main

import (
	"fmt"
	"os"
)

func dump(m *matter) {
	if os.Getenv("DUMP") == "" {
		return
	}
	all := m.officer.seen(0)
	for _, msg := range all[max(0, len(all)-60):] {
		fmt.Printf("   [o%d] %d edited=%v %q %v\n", m.number, msg.ID, msg.Edited, msg.Text, msg.Buttons)
	}
	for _, msg := range m.phone.Messages() {
		fmt.Printf("   [%d] %s: %q\n", m.number, msg.From, msg.Text)
	}
}
