package sim

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"sync"
)

// Command is one entry of the bot's menu.
type Command struct {
	Command     string `json:"command"`
	Description string `json:"description"`
}

type menuKey struct {
	scope      string
	chat, user int64
	language   string
}

// menus holds the bot's command lists per scope and language.
type menus struct {
	mu   sync.RWMutex
	list map[menuKey][]Command
}

type commandScope struct {
	Type   string          `json:"type"`
	ChatID json.RawMessage `json:"chat_id"`
	UserID int64           `json:"user_id"`
}

// key reads scope and language_code; the chat of a scope must exist.
func (s *Server) menuKey(p *params) (menuKey, error) {
	scope := commandScope{Type: "default"}
	if err := p.json("scope", "BotCommandScope", &scope); err != nil {
		return menuKey{}, err
	}
	k := menuKey{scope: scope.Type, language: p.str("language_code")}
	if k.language != "" && (len(k.language) != 2 || strings.Trim(k.language, "abcdefghijklmnopqrstuvwxyz") != "") {
		return menuKey{}, bad("invalid language code specified")
	}
	switch scope.Type {
	case "default", "all_private_chats", "all_group_chats", "all_chat_administrators":
		return k, nil
	case "chat", "chat_administrators", "chat_member":
	default:
		return menuKey{}, bad("can't parse BotCommandScope: unsupported type specified")
	}
	k.chat, _ = strconv.ParseInt(strings.Trim(string(scope.ChatID), `"`), 10, 64)
	c := s.chat(k.chat)
	if c == nil {
		return menuKey{}, bad("chat not found")
	}
	if scope.Type != "chat" && c.phone != nil {
		return menuKey{}, bad("can't change commands in private chats for that scope")
	}
	if scope.Type == "chat_member" {
		k.user = scope.UserID
		if s.Phone(k.user) == nil {
			return menuKey{}, bad("user not found")
		}
	}
	return k, nil
}

func (s *Server) setMyCommands(_ context.Context, p *params) (any, error) {
	if !p.has("commands") {
		return nil, bad("parameter \"commands\" is required")
	}
	var list []Command
	if err := p.json("commands", "commands", &list); err != nil {
		return nil, err
	}
	if len(list) > 100 {
		return nil, bad("BOT_COMMANDS_TOO_MUCH")
	}
	for i := range list {
		list[i].Command = strings.TrimPrefix(list[i].Command, "/")
		name := list[i].Command
		if len(name) < 1 || len(name) > 32 || tokenLen(name) != len(name) || strings.ToLower(name) != name {
			return nil, bad("BOT_COMMAND_INVALID")
		}
		if d := units(list[i].Description); d < 1 || d > 256 {
			return nil, bad("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	return s.setMenu(p, list)
}

func (s *Server) deleteMyCommands(_ context.Context, p *params) (any, error) {
	return s.setMenu(p, nil)
}

func (s *Server) setMenu(p *params, list []Command) (any, error) {
	k, err := s.menuKey(p)
	if err != nil {
		return nil, err
	}
	s.menus.mu.Lock()
	if s.menus.list == nil {
		s.menus.list = map[menuKey][]Command{}
	}
	if len(list) == 0 {
		delete(s.menus.list, k)
	} else {
		s.menus.list[k] = list
	}
	s.menus.mu.Unlock()
	if c := s.chat(k.chat); c != nil {
		c.mu.Lock()
		c.tell(Event{Kind: "commands", Chat: c.key()})
		c.mu.Unlock()
		return true, nil
	}
	for _, ph := range s.Phones() {
		ph.emit(Event{Kind: "commands"})
	}
	return true, nil
}

func (s *Server) getMyCommands(_ context.Context, p *params) (any, error) {
	k, err := s.menuKey(p)
	if err != nil {
		return nil, err
	}
	s.menus.mu.RLock()
	defer s.menus.mu.RUnlock()
	if list := s.menus.list[k]; list != nil {
		return list, nil
	}
	return []Command{}, nil
}

// resolve returns the menu a person sees in a chat: the narrowest scope that
// has one, and in each scope the person's language before the nameless one.
func (s *Server) resolve(ph *Phone, c *chat) []Command {
	language, _, _ := strings.Cut(strings.ToLower(ph.profile.Language), "-")
	var scopes []menuKey
	if c.phone != nil {
		scopes = []menuKey{{scope: "chat", chat: c.id}, {scope: "all_private_chats"}, {scope: "default"}}
	} else {
		scopes = []menuKey{{scope: "chat_member", chat: c.id, user: ph.profile.ID}}
		if c.isAdmin(ph.profile.ID) {
			scopes = append(scopes, menuKey{scope: "chat_administrators", chat: c.id})
		}
		scopes = append(scopes, menuKey{scope: "chat", chat: c.id})
		if c.isAdmin(ph.profile.ID) {
			scopes = append(scopes, menuKey{scope: "all_chat_administrators"})
		}
		scopes = append(scopes, menuKey{scope: "all_group_chats"}, menuKey{scope: "default"})
	}
	s.menus.mu.RLock()
	defer s.menus.mu.RUnlock()
	for _, k := range scopes {
		for _, l := range []string{language, ""} {
			k.language = l
			if list := s.menus.list[k]; list != nil {
				return append([]Command(nil), list...)
			}
		}
	}
	return []Command{}
}

func setName(what string, limit int) method {
	return func(s *Server, _ context.Context, p *params) (any, error) {
		if units(p.str(what)) > limit {
			return nil, bad("bot %s is too long", strings.ReplaceAll(what, "_", " "))
		}
		s.names.Store(what+"/"+p.str("language_code"), p.str(what))
		return true, nil
	}
}

func getName(what string) method {
	return func(s *Server, _ context.Context, p *params) (any, error) {
		for _, l := range []string{p.str("language_code"), ""} {
			if v, ok := s.names.Load(what + "/" + l); ok && v != "" {
				return map[string]any{what: v}, nil
			}
		}
		if what == "name" {
			return map[string]any{what: s.me.FirstName}, nil
		}
		return map[string]any{what: ""}, nil
	}
}
