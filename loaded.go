package main

import (
	"time"

	"huiyin/bot/paper"
	"huiyin/bot/text"
	"huiyin/configs"
	"huiyin/flows"
)

// loaded is what files alone make: the configuration, checked, and what is compiled from it. Nothing changes it, so that
// houses can share it.
type loaded struct {
	config *configs.Config
	zone   *time.Location
	book   *text.Book
	engine *flows.Engine
	fonts  *paper.Fonts
}

func load(s settings) (*loaded, error) {
	config, err := configs.Load(s.ConfigDir)
	if err != nil {
		return nil, err
	}
	if err := exportKeysWork(config.Org); err != nil {
		return nil, err
	}
	l := &loaded{config: config}
	if l.zone, err = config.Org.Location(); err != nil {
		return nil, err
	}
	if l.book, err = text.NewBook(config.Languages, config.Messages.Texts(), l.zone); err != nil {
		return nil, err
	}
	if l.engine, err = flows.NewEngine(config.Flows, config.Messages, config.Org); err != nil {
		return nil, err
	}
	l.fonts, err = openFonts(s.Font, usualFonts)
	return l, err
}
