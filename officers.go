package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"huiyin/bot/telegram"
	"huiyin/cases"
	"huiyin/configs"
	"huiyin/store/postgres"
	"huiyin/store/seal"
)

type officersCommand struct {
	Invite officersInvite `cmd:"" help:"Make a one-time link by which an officer joins."`
	List   officersList   `cmd:"" help:"List who has access."`
	Revoke officersRevoke `cmd:"" help:"End an officer's access at once."`
	Place  officersPlace  `cmd:"" help:"Give an officer another role or department."`
}

// commandLine acts for whoever runs the program on the server.
var commandLine = cases.Actor{Party: cases.System}

type officersInvite struct {
	Role string        `required:"" enum:"officer,lead,admin,custodian,leader" help:"officer works a department's cases, lead also assigns, admin keeps accounts, custodian guards identities and originals, leader answers for the house or for one department."`
	Name string        `required:"" help:"Work name, shown to colleagues."`
	Dept string        `help:"Department id (configs/org.yaml); for officers and leads, and for leaders of one department."`
	For  time.Duration `default:"72h" help:"How long the link is good."`
}

// Run prints the link. It works once; only its hash is stored.
func (o officersInvite) Run(s *surroundings) error {
	staff, err := openStaff(s)
	if err != nil {
		return err
	}
	defer staff.store.Close()
	if err := checkDepartment(staff.org, cases.Role(o.Role), o.Dept); err != nil {
		return err
	}
	token, err := staff.store.Invite(s.ctx, commandLine, cases.Invite{
		Name: o.Name, Role: cases.Role(o.Role), Department: o.Dept, Expires: time.Now().Add(o.For),
	})
	if err != nil {
		return err
	}
	bot, setting := staff.settings.Token, "TELEGRAM_BOT_TOKEN"
	if staff.settings.DeskToken != "" {
		bot, setting = staff.settings.DeskToken, "TELEGRAM_DESK_BOT_TOKEN"
	}
	wire, err := telegram.New(bot, staff.settings.APIURL, telegram.Options{})
	if err != nil {
		return err
	}
	me, err := wire.Me(s.ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", setting, err)
	}
	s.say("%s", inviteLink(me.Username, token))
	return nil
}

// inviteLink is the address by which an invite is used with the bot of that name.
func inviteLink(username, token string) string { return "https://t.me/" + username + "?start=" + token }

type officersList struct{}

// Run prints a line for each active officer.
func (officersList) Run(s *surroundings) error {
	staff, err := openStaff(s)
	if err != nil {
		return err
	}
	defer staff.store.Close()
	officers, err := staff.store.Officers(s.ctx, "")
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(w, "ID\tROLE\tDEPARTMENT\tNAME") // errors come with Flush
	for _, o := range officers {
		dept := o.Department
		if dept == "" {
			dept = "-"
		}
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", o.ID, o.Role, dept, o.Name)
	}
	return w.Flush()
}

// which says whom a command is about.
type which struct {
	ID   int64  `help:"Number of the officer, as the list shows it." xor:"who" required:""`
	Name string `help:"Work name, whole." xor:"who" required:""`
}

// find gives the active officer it is about; a name that two bear is no answer.
func (w which) find(officers []cases.Officer) (cases.Officer, error) {
	var found []cases.Officer
	for _, o := range officers {
		if w.ID != 0 && o.ID == cases.OfficerID(w.ID) || w.Name != "" && o.Name == w.Name {
			found = append(found, o)
		}
	}
	switch len(found) {
	case 0:
		return cases.Officer{}, fmt.Errorf("no such officer has access; see: huiyin officers list")
	case 1:
		return found[0], nil
	}
	var ids []string
	for _, o := range found {
		ids = append(ids, fmt.Sprint(o.ID))
	}
	return cases.Officer{}, fmt.Errorf("%d officers bear this name: choose one by --id (%s)", len(found), strings.Join(ids, ", "))
}

type officersRevoke struct {
	which
}

// Run ends the access of one officer.
func (o officersRevoke) Run(s *surroundings) error {
	staff, err := openStaff(s)
	if err != nil {
		return err
	}
	defer staff.store.Close()
	officers, err := staff.store.Officers(s.ctx, "")
	if err != nil {
		return err
	}
	who, err := o.find(officers)
	if err != nil {
		return err
	}
	if err := staff.store.Revoke(s.ctx, commandLine, who.ID); err != nil {
		return err
	}
	s.say("officer %d has no access any more; their cases stay theirs until somebody assigns them", who.ID)
	return nil
}

type officersPlace struct {
	which
	Role string `required:"" enum:"officer,lead,admin,custodian" help:"The role from now on."`
	Dept string `help:"Department id (configs/org.yaml); for officers and leads, and for leaders of one department."`
}

// Run changes role and department of one officer.
func (o officersPlace) Run(s *surroundings) error {
	staff, err := openStaff(s)
	if err != nil {
		return err
	}
	defer staff.store.Close()
	role := cases.Role(o.Role)
	if err := checkDepartment(staff.org, role, o.Dept); err != nil {
		return err
	}
	officers, err := staff.store.Officers(s.ctx, "")
	if err != nil {
		return err
	}
	who, err := o.find(officers)
	if err != nil {
		return err
	}
	if err := staff.store.Place(s.ctx, commandLine, who.ID, role, o.Dept); err != nil {
		return err
	}
	s.say("officer %d is %s", who.ID, strings.TrimSpace(o.Role+" "+o.Dept))
	return nil
}

// staffRoom is what the commands about officers work with.
type staffRoom struct {
	settings settings
	org      cases.Organisation
	store    *postgres.Store
}

func openStaff(s *surroundings) (staffRoom, error) {
	settings, err := readSettings(s.environ)
	if err != nil {
		return staffRoom{}, err
	}
	if err := settings.check(); err != nil {
		return staffRoom{}, err
	}
	c, err := configs.Load(settings.ConfigDir)
	if err != nil {
		return staffRoom{}, err
	}
	keys, err := seal.Open(settings.Keyset)
	if err != nil {
		return staffRoom{}, fmt.Errorf("HUIYIN_KEYSET: %w", err)
	}
	store, err := postgres.Open(s.ctx, settings.DatabaseURL, vault{keys: keys}, postgres.Options{})
	if err != nil {
		return staffRoom{}, err
	}
	return staffRoom{settings: settings, org: c.Org, store: store}, nil
}

func checkDepartment(org cases.Organisation, role cases.Role, dept string) error {
	if !role.Placed() && (role != cases.RoleLeader || dept == "") {
		if dept != "" {
			return fmt.Errorf("%s is no role of one department: leave --dept out", role)
		}
		return nil
	}
	if _, ok := org.Department(dept); !ok {
		var ids []string
		for _, d := range org.Departments {
			ids = append(ids, d.ID)
		}
		slices.Sort(ids)
		return fmt.Errorf("--dept: want one of %s", strings.Join(ids, ", "))
	}
	return nil
}
