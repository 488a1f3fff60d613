package cases

import "testing"

func TestMayKeepAccounts(t *testing.T) {
	t.Parallel()
	for _, by := range []Actor{
		{Party: System}, {Party: Office, Officer: 3, Role: RoleAdmin},
	} {
		if err := MayKeepAccounts(by); err != nil {
			t.Errorf("%+v: %v", by, err)
		}
	}
	for _, by := range []Actor{
		{}, {Party: Reporter}, {Party: Office}, {Party: Office, Role: RoleAdmin},
		{Party: Reporter, Officer: 3, Role: RoleAdmin},
		{Party: Office, Officer: 1, Role: RoleOfficer, Department: "hr"},
		{Party: Office, Officer: 2, Role: RoleLead, Department: "hr"},
		{Party: Office, Officer: 5, Role: RoleCustodian},
	} {
		if code := CodeOf(MayKeepAccounts(by)); code != NotAllowed {
			t.Errorf("%+v: %q", by, code)
		}
	}
}
