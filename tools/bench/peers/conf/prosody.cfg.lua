run_as_root = true
daemonize = false
pidfile = "${directory}/prosody.pid"
data_path = "${data}"
certificates = "${directory}"
interfaces = { "127.0.0.1" }
c2s_ports = { ${port} }
s2s_ports = { }
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
network_settings = { tcp_backlog = 1024 }
log = { warn = "*console" }
modules_enabled = { "disco"; "roster"; "saslauth"; "carbons"; "smacks"; "offline"; "c2s"; "message"; "presence"; "iq" }
modules_disabled = { "s2s"; "tls" }
smacks_hibernation_time = 300
VirtualHost "localhost"
Component "conference.localhost" "muc"
  restrict_room_creation = false
  muc_room_locking = false
  muc_room_default_presence_broadcast = { visitor = false; participant = false; moderator = false }
