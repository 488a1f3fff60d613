package cases

import "time"

// Role is what an officer may do.
type Role string

// The roles.
const (
	RoleOfficer Role = "officer" // works the cases of a department
	RoleLead    Role = "lead"    // also assigns and reopens in the department
	RoleAdmin   Role = "admin"   // keeps accounts; sees the queue of every department, never anyone's words
	// RoleCustodian guards identities and originals: says yes or no to whoever asks, and reads nobody's words.
	RoleCustodian Role = "custodian"
	// RoleLeader answers for the house, or for one department when placed in it: is called for major matters and sees
	// cases of which a date was missed.
	RoleLeader Role = "leader"
	// RoleGuest is somebody from outside, let into one case: counsel, or the other side of a mediation.
	RoleGuest Role = "guest"
)

// Roles lists the roles.
func Roles() []Role {
	return []Role{RoleOfficer, RoleLead, RoleAdmin, RoleCustodian, RoleLeader, RoleGuest}
}

// Placed says whether officers of a role belong to a department.
func (r Role) Placed() bool { return r == RoleOfficer || r == RoleLead }

// Officer is somebody who works cases. Names are work names, shown to colleagues only.
type Officer struct {
	ID         OfficerID
	Name       string
	Role       Role
	Department string
	Language   string
	Revoked    bool
	// AwayUntil is when they are back, zero when they are not away; Deputy is told meanwhile of what they would
	// be told of, and may act for them on their cases.
	AwayUntil time.Time
	Deputy    OfficerID
	// Skills are kinds of matters and languages they are good at, as KindSkill and LanguageSkill name them, ascending.
	Skills []string
}

// Away says whether an officer is away at an instant.
func (o Officer) Away(now time.Time) bool { return now.Before(o.AwayUntil) }

// Can says whether an officer may do an action to a case, as the function Can does; a revoked one may nothing.
func (o Officer) Can(a Action, c Case) bool { return !o.Revoked && Can(o.Actor(), a, c) == nil }

// Actor is the officer as one who acts.
func (o Officer) Actor() Actor {
	return Actor{Party: Office, Officer: o.ID, Role: o.Role, Department: o.Department}
}

// Invite is a one-time way in for an officer.
type Invite struct {
	Name       string
	Role       Role
	Department string
	Expires    time.Time
}

// Organisation is configs/org.yaml: departments, units, and who works which kind of matter.
type Organisation struct {
	Name     map[string]string `yaml:"name"` // by language
	TimeZone string            `yaml:"time_zone"`
	// DefaultLanguage is spoken to people who have not chosen yet and whose client reports none that we have.
	DefaultLanguage string       `yaml:"default_language"`
	Departments     []Department `yaml:"departments"`
	Kinds           []Kind       `yaml:"kinds"`
	Units           []Unit       `yaml:"units"`
	// Quiet keeps the hour of what anonymous reporters do to itself.
	Quiet Quiet `yaml:"quiet"`
	// Retentions are the profiles that kinds name.
	Retentions []Retention `yaml:"retentions"`
	// OfficeHours are when officers are told of what can wait for them; the zero value is always.
	OfficeHours Hours `yaml:"office_hours,omitempty"`
	// Major are the rules by which leaders are called at once; the first that fits a case counts.
	Major []MajorRule `yaml:"major,omitempty"`
	// StepUp asks officers for a code from an app on their phone before a restricted case opens.
	StepUp bool `yaml:"step_up,omitempty"`
	// Reception bounds how leaders' reception days are booked.
	Reception ReceptionRules `yaml:"reception,omitempty"`
	// Letterhead is whose letters they are, by language; without it letters bear the organisation's name alone.
	Letterhead map[string]Letterhead `yaml:"letterhead,omitempty"`
	// Limits bound what one officer carries.
	Limits Limits `yaml:"limits,omitempty"`
}

// Department works cases.
type Department struct {
	ID   string            `yaml:"id"`
	Name map[string]string `yaml:"name"`
	// Confidential marks a department that may work restricted kinds.
	Confidential bool `yaml:"confidential,omitempty"`
	// StandIn is the department that works a case when everybody of this one is recused.
	StandIn string `yaml:"stand_in,omitempty"`
	// ExportKey is the age public key to which files of its cases are exported; without it an officer names one.
	ExportKey string `yaml:"export_key,omitempty"`
}

// Kind says who works a kind of matter, under which procedure.
type Kind struct {
	ID         string `yaml:"id"`
	Department string `yaml:"department"`
	Procedure  string `yaml:"procedure"`
	// Restricted kinds (corruption, harassment) go to departments marked confidential only.
	Restricted bool `yaml:"restricted,omitempty"`
	// Retention is the profile by which its words are destroyed.
	Retention string `yaml:"retention"`
}

// Unit is a place in the organisation: a site, a plant, a shop.
type Unit struct {
	ID   string            `yaml:"id"`
	Name map[string]string `yaml:"name"`
	// Head is the work name of whoever heads it: an officer of that name has nothing to do with cases about it.
	Head string `yaml:"head,omitempty"`
	// Size is about how many people work there, 0 when that is not said: in a small unit a reporter is easily guessed.
	Size  int    `yaml:"size,omitempty"`
	Units []Unit `yaml:"units,omitempty"`
}
