package v1alpha1

// Condition types follow kstatus: Ready is always there; Reconciling and
// Stalled are there only while True. The other types of a Township are the
// steps of its provisioning, in order: a step that was not reached is Unknown.
const (
	// ConditionReady is True when everything that the spec asks for was seen to
	// hold in this reconcile.
	ConditionReady = "Ready"
	// ConditionReconciling is True while the operator is working or waiting.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is True while nothing will change until somebody acts:
	// the message says what to do.
	ConditionStalled = "Stalled"
	// ConditionSuspended is True while spec.suspend stops the operator.
	ConditionSuspended = "Suspended"

	// ConditionAccepted says that the manifest can be worked on: its code is its
	// own, its grid is sound, its model is there.
	ConditionAccepted = "Accepted"
	// ConditionPlaced says that the town has a DatabaseServer and it answers.
	ConditionPlaced = "Placed"
	// ConditionRolesReady says that the town's roles stand with the rights they
	// should have and no more.
	ConditionRolesReady = "RolesReady"
	// ConditionDatabaseReady says that the town's database stands, carries this
	// Township's mark, and lets in nobody but its own roles.
	ConditionDatabaseReady = "DatabaseReady"
	// ConditionSchemaCurrent says that the database is at the operator's schema.
	ConditionSchemaCurrent = "SchemaCurrent"
	// ConditionSeeded says that the grid, posts and bodies of the manifest are in
	// the database.
	ConditionSeeded = "Seeded"
	// ConditionIsolated says what a login with the town's own credential proved.
	ConditionIsolated = "Isolated"
	// ConditionServed says that the town answered its readiness probe through
	// the path that people use.
	ConditionServed = "Served"

	// ConditionEnded is False while a deleted Township can't be let go; the
	// message says why.
	ConditionEnded = "Ended"

	// ConditionServing says whether the shared server of a District's towns
	// answers.
	ConditionServing = "Serving"

	// ConditionReachable says whether a DatabaseServer answers and may be worked
	// on.
	ConditionReachable = "Reachable"
	// ConditionDrifted is True while spec.drift is Observe and something on the
	// server is not as it should be; the message lists it.
	ConditionDrifted = "Drifted"
	// ConditionTuned says whether a DatabaseServer's settings suit many towns.
	// False names the SQL for its administrator; towns work all the same.
	ConditionTuned = "Tuned"
	// ConditionHardened says whether a DatabaseServer refuses what its towns
	// must not reach. False names the SQL for its administrator to run.
	ConditionHardened = "Hardened"
)

// Reasons of conditions. The set is closed: alerts and scripts may match them.
const (
	// ReasonReady: everything that was asked for was seen to hold.
	ReasonReady = "Ready"
	// ReasonDone: this step was seen to hold.
	ReasonDone = "Done"
	// ReasonProgressing: the operator is at work; nothing to do.
	ReasonProgressing = "Progressing"
	// ReasonNotReached: an earlier step has to be done first.
	ReasonNotReached = "NotReached"
	// ReasonSuspended: spec.suspend is true.
	ReasonSuspended = "Suspended"
	// ReasonError: a call failed for a cause that the message names; the
	// operator tries again by itself.
	ReasonError = "Error"

	// ReasonModelNotFound: no GovernanceModel has the name in spec.model.
	ReasonModelNotFound = "ModelNotFound"
	// ReasonModelInvalid: the GovernanceModel has faults, named in its status.
	ReasonModelInvalid = "ModelInvalid"
	// ReasonCharterInvalid: the grid of the manifest contradicts itself in a way
	// that admission can't see.
	ReasonCharterInvalid = "CharterInvalid"
	// ReasonDuplicateCode: another Township already has this division code.
	ReasonDuplicateCode = "DuplicateCode"
	// ReasonNoServer: no DatabaseServer fits the placement or has room.
	ReasonNoServer = "NoServer"
	// ReasonServerUnreachable: the town's DatabaseServer does not answer; the
	// operator waits and goes on by itself.
	ReasonServerUnreachable = "ServerUnreachable"
	// ReasonNotRepaired: a change was made without an error and is not there.
	ReasonNotRepaired = "NotRepaired"
	// ReasonDrifted: what the message lists was changed behind the operator's back
	// and spec.drift forbids to put it right.
	ReasonDrifted = "Drifted"
	// ReasonConflict: a database, role or Secret of that name exists and is not
	// this Township's. It is left untouched.
	ReasonConflict = "Conflict"
	// ReasonDatabaseMissing: the town had a database and it is gone. It is never
	// replaced by an empty one.
	ReasonDatabaseMissing = "DatabaseMissing"
	// ReasonDatabaseInvalid: the database was left half dropped
	// (datconnlimit -2); PostgreSQL lets it only be dropped.
	ReasonDatabaseInvalid = "DatabaseInvalid"
	// ReasonSchemaNewer: the database is at a schema newer than this operator's.
	ReasonSchemaNewer = "SchemaNewer"
	// ReasonGridChangeUnsupported: the manifest takes away or regroups what the
	// town already has records on; this version only adds and renames.
	ReasonGridChangeUnsupported = "GridChangeUnsupported"
	// ReasonModelChangeUnsupported: spec.model differs from the model that the
	// town was seeded with.
	ReasonModelChangeUnsupported = "ModelChangeUnsupported"
	// ReasonNotIsolated: the town's credential reached something that is not its
	// own. The message names it.
	ReasonNotIsolated = "NotIsolated"
	// ReasonCredentialRefused: the login with the Secret's password was refused.
	ReasonCredentialRefused = "CredentialRefused" //nolint:gosec // a reason, no credential
	// ReasonNoHost: neither spec.instance.host nor the District says under which
	// host the town is served.
	ReasonNoHost = "NoHost"
	// ReasonNotServed: the serving path does not answer for this town yet.
	ReasonNotServed = "NotServed"
	// ReasonDeleting: the Township is being deleted.
	ReasonDeleting = "Deleting"

	// ReasonSecretNotFound: the Secret that a DatabaseServer refers to is not in
	// the operator's namespace or lacks a key.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonNotBootstrapped: the server lacks the roles and the base database of
	// config/postgres/bootstrap.sql.
	ReasonNotBootstrapped = "NotBootstrapped"
	// ReasonVersionTooOld: the server is older than PostgreSQL 15.
	ReasonVersionTooOld = "VersionTooOld"
	// ReasonDuplicateServer: another DatabaseServer is the same PostgreSQL cluster.
	ReasonDuplicateServer = "DuplicateServer"
	// ReasonIdentityChanged: another server answers at the endpoint than the one
	// whose towns were placed there. No SQL is run on it.
	ReasonIdentityChanged = "IdentityChanged"
	// ReasonHardened: nothing that towns must not reach was found open.
	ReasonHardened = "Hardened"
	// ReasonTuned: no setting was found that hurts a server with many towns.
	ReasonTuned = "Tuned"
	// ReasonSettingsHurt: some setting hurts a server with many towns.
	ReasonSettingsHurt = "SettingsHurt"
	// ReasonExposed: something is open to every role of the server.
	ReasonExposed = "Exposed"

	// ReasonModelValid: the model has no faults.
	ReasonModelValid = "ModelValid"
)

// Reasons of Events, beside those of conditions: what happened once.
const (
	// EventProvisioned: a town became Ready for the first time.
	EventProvisioned = "Provisioned"
	// EventDriftRepaired: what somebody changed on the server was put right.
	EventDriftRepaired = "DriftRepaired"
	// EventRotated: the login of a town's instance was replaced.
	EventRotated = "CredentialRotated"
	// EventAdopted: a Township took over the database that another left behind.
	EventAdopted = "DatabaseAdopted"
	// EventReleased: a deleted Township left its database on the server.
	EventReleased = "DatabaseReleased"
	// EventDropped: a deleted Township's database was dropped, as confirmed.
	EventDropped = "DatabaseDropped"
)
