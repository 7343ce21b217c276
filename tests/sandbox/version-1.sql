BEGIN TRANSACTION;
CREATE TABLE agent (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id TEXT NOT NULL, 
	email TEXT NOT NULL, 
	email_key TEXT NOT NULL, 
	name TEXT, 
	preferred_name TEXT, 
	active BOOLEAN, 
	extension TEXT, 
	phone TEXT NOT NULL, 
	no_answer_destination TEXT, 
	recording_mode TEXT, 
	review_own_recordings BOOLEAN, 
	presence TEXT NOT NULL, 
	entry TEXT, 
	version INTEGER NOT NULL, 
	created TEXT NOT NULL, 
	modified TEXT NOT NULL, 
	rest TEXT NOT NULL, 
	UNIQUE (id), 
	FOREIGN KEY(entry) REFERENCES directory_entry (id) ON DELETE SET NULL
);
INSERT INTO "agent" VALUES(1,'43b4551ad4a34197bcb26d0130847aed','ana.diaz@acme.example','ana.diaz@acme.example','Ana Diaz',NULL,1,'4001','webrtc',NULL,'automatic',NULL,'offline',NULL,1,'2026-11-24T18:52:12.814089Z','2026-11-24T18:52:12.814089Z','{"emails": [{"type": "work", "value": "ana.diaz@acme.example"}]}');
INSERT INTO "agent" VALUES(2,'fc1dddad9bd3452087005417bf422c38','bo.chen@acme.example','bo.chen@acme.example','Bo Chen',NULL,1,'4002','webrtc',NULL,NULL,NULL,'offline',NULL,1,'2026-11-24T18:52:12.814089Z','2026-11-24T18:52:12.814089Z','{"emails": [{"type": "work", "value": "bo.chen@acme.example"}]}');
CREATE TABLE assignment (
	agent INTEGER NOT NULL, 
	license TEXT NOT NULL, 
	PRIMARY KEY (agent, license), 
	FOREIGN KEY(agent) REFERENCES agent (seq) ON DELETE CASCADE, 
	FOREIGN KEY(license) REFERENCES pool (name)
)
 WITHOUT ROWID

;
INSERT INTO "assignment" VALUES(1,'voice');
INSERT INTO "assignment" VALUES(2,'voice');
INSERT INTO "assignment" VALUES(1,'web_chat');
CREATE TABLE audit (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at TEXT NOT NULL, 
	actor TEXT NOT NULL, 
	role TEXT NOT NULL, 
	door TEXT NOT NULL, 
	action TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	address TEXT NOT NULL, 
	id TEXT NOT NULL, 
	"before" TEXT NOT NULL, 
	"after" TEXT NOT NULL
);
INSERT INTO "audit" VALUES(1,'2026-11-24T18:52:12.814089Z','seed','admin','seed','create','queue','queue/support','88f9221cb5944086b01fea089f5cd7ae','{}','{"default_level": 5, "extension": "1001", "name": "support", "priority": 5}');
INSERT INTO "audit" VALUES(2,'2026-11-24T18:52:12.814089Z','seed','admin','seed','create','skill','skill/spanish','9509d2a46ed848ccbaa5da1559ded7d2','{}','{"default_level": 5, "name": "spanish"}');
INSERT INTO "audit" VALUES(3,'2026-11-24T18:52:12.814089Z','seed','admin','seed','create','agent','agent/ana.diaz@acme.example','43b4551ad4a34197bcb26d0130847aed','{}','{"active": true, "email": "ana.diaz@acme.example", "emails": [{"value": "ana.diaz@acme.example", "type": "work"}], "extension": "4001", "licenses.voice": true, "licenses.web_chat": true, "name": "Ana Diaz", "phone": "webrtc", "queues.support": 8, "recording_mode": "automatic", "skills.spanish": 7}');
INSERT INTO "audit" VALUES(4,'2026-11-24T18:52:12.814089Z','seed','admin','seed','create','agent','agent/bo.chen@acme.example','fc1dddad9bd3452087005417bf422c38','{}','{"active": true, "email": "bo.chen@acme.example", "emails": [{"value": "bo.chen@acme.example", "type": "work"}], "extension": "4002", "licenses.voice": true, "name": "Bo Chen", "phone": "webrtc", "queues.support": 5}');
CREATE TABLE claim (
	what TEXT NOT NULL, 
	value TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	PRIMARY KEY (what, value)
)
 WITHOUT ROWID

;
INSERT INTO "claim" VALUES('email','ana.diaz@acme.example','agent/43b4551ad4a34197bcb26d0130847aed');
INSERT INTO "claim" VALUES('extension','4001','agent/43b4551ad4a34197bcb26d0130847aed');
INSERT INTO "claim" VALUES('email','bo.chen@acme.example','agent/fc1dddad9bd3452087005417bf422c38');
INSERT INTO "claim" VALUES('extension','4002','agent/fc1dddad9bd3452087005417bf422c38');
INSERT INTO "claim" VALUES('extension','1001','queue/88f9221cb5944086b01fea089f5cd7ae');
CREATE TABLE directory_entry (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	email TEXT, 
	extension TEXT, 
	type TEXT NOT NULL, 
	created TEXT NOT NULL, 
	modified TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE TABLE group_member (
	"group" INTEGER NOT NULL, 
	member TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	type TEXT NOT NULL, 
	display TEXT, 
	PRIMARY KEY ("group", member), 
	FOREIGN KEY("group") REFERENCES scim_group (seq) ON DELETE CASCADE
);
CREATE TABLE membership (
	agent INTEGER NOT NULL, 
	target INTEGER NOT NULL, 
	level INTEGER, 
	PRIMARY KEY (agent, target), 
	FOREIGN KEY(agent) REFERENCES agent (seq) ON DELETE CASCADE, 
	FOREIGN KEY(target) REFERENCES target (seq)
)
 WITHOUT ROWID

;
INSERT INTO "membership" VALUES(1,1,8);
INSERT INTO "membership" VALUES(1,2,7);
INSERT INTO "membership" VALUES(2,1,5);
CREATE TABLE pool (
	name TEXT NOT NULL, 
	seq INTEGER NOT NULL, 
	purchased INTEGER NOT NULL, 
	requires TEXT, 
	created TEXT NOT NULL, 
	PRIMARY KEY (name), 
	FOREIGN KEY(requires) REFERENCES pool (name)
);
INSERT INTO "pool" VALUES('voice',0,5,NULL,'2026-11-24T18:52:12.814089Z');
INSERT INTO "pool" VALUES('web_chat',1,2,'voice','2026-11-24T18:52:12.814089Z');
CREATE TABLE scim_group (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	created TEXT NOT NULL, 
	modified TEXT NOT NULL, 
	rest TEXT NOT NULL, 
	UNIQUE (id)
);
CREATE TABLE setting (
	"key" TEXT NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY ("key")
);
CREATE TABLE target (
	seq INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	name TEXT NOT NULL, 
	extension TEXT, 
	priority INTEGER, 
	routing TEXT, 
	default_level INTEGER, 
	version INTEGER NOT NULL, 
	created TEXT NOT NULL, 
	modified TEXT NOT NULL, 
	rest TEXT NOT NULL, 
	UNIQUE (id), 
	UNIQUE (name), 
	UNIQUE (extension)
);
INSERT INTO "target" VALUES(1,'88f9221cb5944086b01fea089f5cd7ae','queue','support','1001',5,NULL,5,1,'2026-11-24T18:52:12.814089Z','2026-11-24T18:52:12.814089Z','{}');
INSERT INTO "target" VALUES(2,'9509d2a46ed848ccbaa5da1559ded7d2','skill','spanish',NULL,NULL,NULL,5,1,'2026-11-24T18:52:12.814089Z','2026-11-24T18:52:12.814089Z','{}');
CREATE TABLE token (
	role TEXT NOT NULL, 
	token TEXT NOT NULL, 
	PRIMARY KEY (role), 
	UNIQUE (token)
);
INSERT INTO "token" VALUES('admin','admin_of_the_old_tenant');
INSERT INTO "token" VALUES('supervisor','supervisor_of_the_old_tenant');
INSERT INTO "token" VALUES('manager','manager_of_the_old_tenant');
INSERT INTO "token" VALUES('agent','agent_of_the_old_tenant');
CREATE TABLE upstream_entry (
	id TEXT NOT NULL, 
	name TEXT NOT NULL, 
	email TEXT, 
	extension TEXT, 
	type TEXT NOT NULL, 
	created TEXT NOT NULL, 
	modified TEXT NOT NULL, 
	PRIMARY KEY (id)
);
CREATE INDEX directory_entry_by_extension ON directory_entry (extension);
CREATE INDEX target_by_kind ON target (kind, seq);
CREATE INDEX claim_by_owner ON claim (owner);
CREATE INDEX group_by_name ON scim_group (name);
CREATE INDEX audit_by_address ON audit (address);
CREATE INDEX audit_by_id ON audit (id);
CREATE UNIQUE INDEX agent_by_extension ON agent (extension);
CREATE UNIQUE INDEX agent_by_email ON agent (email_key);
CREATE INDEX agent_by_name ON agent (name);
CREATE UNIQUE INDEX agent_by_entry ON agent (entry) WHERE entry IS NOT NULL;
CREATE INDEX group_member_by_member ON group_member (member);
CREATE INDEX assignment_by_license ON assignment (license);
CREATE INDEX membership_by_target ON membership (target);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('target',2);
INSERT INTO "sqlite_sequence" VALUES('audit',4);
INSERT INTO "sqlite_sequence" VALUES('agent',2);
COMMIT;
