package cases

import "time"

// Role is what an officer may do.
type Role string

// The roles.
const (
	RoleOfficer Role = "officer" // works the cases of a department
	RoleLead    Role = "lead"    // also assigns and reopens in the department
	RoleAdmin   Role = "admin"   // keeps accounts; sees the queue of every department, never anyone's words
)

// Officer is somebody who works cases. Names are work names, shown to colleagues only.
type Officer struct {
	ID         OfficerID
	Name       string
	Role       Role
	Department string
	Language   string
	Revoked    bool
}

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
}

// Department works cases.
type Department struct {
	ID   string            `yaml:"id"`
	Name map[string]string `yaml:"name"`
}

// Kind says who works a kind of matter, under which procedure.
type Kind struct {
	ID         string `yaml:"id"`
	Department string `yaml:"department"`
	Procedure  string `yaml:"procedure"`
}

// Unit is a place in the organisation: a site, a plant, a shop.
type Unit struct {
	ID   string            `yaml:"id"`
	Name map[string]string `yaml:"name"`
	// Size is how many people work there, 0 when nobody has said.
	Size  int    `yaml:"size,omitempty"`
	Units []Unit `yaml:"units,omitempty"`
}
