//! The configuration: one TOML file and environment variables over it. Every mistake is named at once.

use std::{
    fmt,
    io::Read,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use aboveboard_ledger::{DEPLOYMENT_KEY_BYTES, DeploymentKey};
use jiff::tz::TimeZone;
use serde::Deserialize;

/// Bytes of a configuration file or a key file.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// What an operator may write down. Every field can also come from the environment, as `ABOVEBOARD_` and its name in upper
/// case; the environment wins.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Written {
    /// The data folder.
    data: Option<String>,
    /// The address and port to listen on. Default `127.0.0.1:8080`.
    listen: Option<String>,
    /// The address and port on which `/metrics` is served, apart from what the public reaches, such as `127.0.0.1:9090`.
    /// Without it there are no figures.
    metrics: Option<String>,
    /// What browsers and Meta see: scheme, host and port.
    origin: Option<String>,
    /// The firm's name.
    firm: Option<String>,
    /// The residency region of the log, such as `br-1`. Part of the log's name; never changes.
    region: Option<String>,
    /// The time zone in which the console shows times. Default `UTC`.
    time_zone: Option<String>,
    /// A file with the deployment key: 64 hexadecimal digits.
    deployment_key_file: Option<String>,
    /// The deployment key itself; for the environment only.
    #[serde(skip)]
    deployment_key: Option<String>,
    /// A certificate chain in PEM. Without it the server speaks plain HTTP, for a proxy in front of it.
    tls_certificate_file: Option<String>,
    /// The certificate's key in PEM.
    tls_key_file: Option<String>,
    /// A folder of policies as TOML files, published at start where they differ from what is in force.
    policies: Option<String>,
    /// `text` or `json`. Default `text`.
    log_format: Option<String>,
    /// `yes` lets a source's Graph API be on this machine: a stand-in for tests and demonstrations. Default `no`, so that
    /// nobody who connects sources can make the server call services beside it.
    stand_in: Option<String>,
}

/// A configuration without mistakes.
#[derive(Clone)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// The address and port to listen on; port 0 for any that is free.
    pub listen: SocketAddr,
    /// The address and port of `/metrics`; `None` for none.
    pub metrics: Option<SocketAddr>,
    /// What browsers and Meta see: scheme, host and port, without a slash at the end.
    pub origin: String,
    /// The firm's name.
    pub firm: String,
    /// The log's name: `host/firm/region/evidence`.
    pub log_name: String,
    /// The time zone in which the console shows times.
    pub zone: TimeZone,
    /// The deployment's one secret.
    pub deployment_key: [u8; DEPLOYMENT_KEY_BYTES],
    /// Files of the certificate chain and its key, in PEM; `None` for plain HTTP behind a proxy.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// A folder of policies that are published at start where they differ from what is in force.
    pub policies: Option<PathBuf>,
    /// Whether log lines are JSON.
    pub log_json: bool,
    /// Whether a source's Graph API may be on this machine.
    pub stand_in: bool,
}

/// Everything that is wrong with a configuration.
#[derive(Debug)]
pub(crate) struct Mistakes(pub Vec<String>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration has {} mistake(s):", self.0.len())?;
        self.0.iter().try_for_each(|mistake| writeln!(f, "  - {mistake}"))
    }
}

impl std::error::Error for Mistakes {}

/// The names of the fields, for the environment.
const FIELDS: &[&str] = &[
    "data",
    "listen",
    "metrics",
    "origin",
    "firm",
    "region",
    "time_zone",
    "deployment_key_file",
    "deployment_key",
    "tls_certificate_file",
    "tls_key_file",
    "policies",
    "log_format",
    "stand_in",
];

impl Written {
    /// Reads the file, if one is given, and lays the environment over it.
    pub fn read(file: Option<&Path>, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self, Mistakes> {
        let mut written = match file {
            Some(path) => {
                let text = read_text(path).map_err(|mistake| Mistakes(vec![mistake]))?;
                toml::from_str(&text).map_err(|error| Mistakes(vec![error.to_string().trim().to_owned()]))?
            }
            None => Self::default(),
        };
        for field in FIELDS {
            if let Some(value) = environment(&format!("ABOVEBOARD_{}", field.to_uppercase())) {
                *written.field(field) = Some(value);
            }
        }
        Ok(written)
    }

    fn field(&mut self, name: &str) -> &mut Option<String> {
        match name {
            "data" => &mut self.data,
            "listen" => &mut self.listen,
            "metrics" => &mut self.metrics,
            "origin" => &mut self.origin,
            "firm" => &mut self.firm,
            "region" => &mut self.region,
            "time_zone" => &mut self.time_zone,
            "deployment_key_file" => &mut self.deployment_key_file,
            "deployment_key" => &mut self.deployment_key,
            "tls_certificate_file" => &mut self.tls_certificate_file,
            "tls_key_file" => &mut self.tls_key_file,
            "policies" => &mut self.policies,
            "log_format" => &mut self.log_format,
            _ => &mut self.stand_in,
        }
    }

    /// Checks every field and names every mistake.
    pub fn check(self) -> Result<Config, Mistakes> {
        let mut mistakes = Vec::new();
        let mut need = |name: &str, value: &Option<String>| match value.as_deref().map(str::trim) {
            Some(value) if !value.is_empty() => value.to_owned(),
            _ => {
                mistakes.push(format!("{name} is missing (or ABOVEBOARD_{})", name.to_uppercase()));
                String::new()
            }
        };
        let (data, origin) = (need("data", &self.data), need("origin", &self.origin));
        let (firm, region) = (need("firm", &self.firm), need("region", &self.region));
        let mut address = |name: &str, text: &str| {
            text.parse().map_err(|_| mistakes.push(format!("{name}: `{text}` is no address and port")))
        };
        let listen = address("listen", self.listen.as_deref().unwrap_or("127.0.0.1:8080"));
        let metrics = self.metrics.as_deref().map(|text| address("metrics", text)).transpose();
        let zone = self.time_zone.as_deref().unwrap_or("UTC");
        let zone = TimeZone::get(zone)
            .map_err(|_| mistakes.push(format!("time_zone: `{zone}` is no IANA time zone")));
        let host = check_origin(&origin, &mut mistakes);
        let slug = |text: &str| {
            let kept = text
                .chars()
                .map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' });
            kept.collect::<String>().trim_matches('-').to_owned()
        };
        let key = self.key().map_err(|mistake| mistakes.push(mistake));
        let tls = self.tls().map_err(|mistake| mistakes.push(mistake));
        let policies = self.policies.as_deref().map(PathBuf::from);
        if let Some(folder) = policies.as_ref().filter(|folder| !folder.is_dir()) {
            mistakes.push(format!("policies: there is no folder {}", folder.display()));
        }
        let log_json = match self.log_format.as_deref().unwrap_or("text") {
            "text" => false,
            "json" => true,
            other => {
                mistakes.push(format!("log_format: `{other}` is neither text nor json"));
                false
            }
        };
        let stand_in = match self.stand_in.as_deref().unwrap_or("no") {
            "yes" => true,
            "no" => false,
            other => {
                mistakes.push(format!("stand_in: `{other}` is neither yes nor no"));
                false
            }
        };
        match (listen, metrics, zone, key, tls, mistakes.is_empty()) {
            (Ok(listen), Ok(metrics), Ok(zone), Ok(deployment_key), Ok(tls), true) => Ok(Config {
                log_name: format!("{host}/{}/{}/evidence", slug(&firm), slug(&region)),
                data: PathBuf::from(data),
                origin: origin.trim_end_matches('/').to_owned(),
                listen,
                metrics,
                firm,
                zone,
                deployment_key,
                tls,
                policies,
                log_json,
                stand_in,
            }),
            _ => Err(Mistakes(mistakes)),
        }
    }

    fn key(&self) -> Result<[u8; DEPLOYMENT_KEY_BYTES], String> {
        let (name, text) = match (&self.deployment_key, &self.deployment_key_file) {
            (Some(text), _) => ("ABOVEBOARD_DEPLOYMENT_KEY", text.clone()),
            (None, Some(file)) => {
                let text = read_text(Path::new(file))
                    .map_err(|mistake| format!("deployment_key_file: {mistake}"))?;
                ("deployment_key_file", text)
            }
            (None, None) => {
                return Err("deployment_key_file is missing: make one with `aboveboard key > FILE` and keep a copy apart \
                            from the backups"
                    .to_owned());
            }
        };
        let bytes = hex::decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.ok_or_else(|| format!("{name}: the key must be 64 hexadecimal digits"))
    }

    fn tls(&self) -> Result<Option<(PathBuf, PathBuf)>, String> {
        match (&self.tls_certificate_file, &self.tls_key_file) {
            (None, None) => Ok(None),
            (Some(certificate), Some(key)) => {
                let missing = [certificate, key].into_iter().find(|file| !Path::new(file).is_file());
                match missing {
                    Some(file) => Err(format!("tls: there is no file {file}")),
                    None => Ok(Some((PathBuf::from(certificate), PathBuf::from(key)))),
                }
            }
            _ => Err("tls: tls_certificate_file and tls_key_file go together".to_owned()),
        }
    }
}

impl Config {
    /// The deployment key as the ledger takes it.
    pub fn deployment_key(&self) -> DeploymentKey {
        DeploymentKey::new(self.deployment_key)
    }
}

fn check_origin(origin: &str, mistakes: &mut Vec<String>) -> String {
    if origin.is_empty() {
        return String::new();
    }
    let rest = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let host =
        rest.map(|rest| rest.trim_end_matches('/')).filter(|host| !host.is_empty() && !host.contains('/'));
    match host {
        Some(host) => host.to_owned(),
        None => {
            mistakes.push(format!("origin: `{origin}` is not of the form https://console.example.com"));
            String::new()
        }
    }
}

/// Reads a small text file.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    let file =
        std::fs::File::open(path).map_err(|error| format!("cannot open {}: {error}", path.display()))?;
    let mut text = String::new();
    let read = file.take(FILE_BYTES_MAX + 1).read_to_string(&mut text);
    match read {
        Ok(_) if text.len() as u64 <= FILE_BYTES_MAX => Ok(text),
        Ok(_) => Err(format!("{} is larger than {FILE_BYTES_MAX} bytes", path.display())),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(pairs: &[(&str, &str)]) -> Written {
        let value = |name: &str| {
            let field = name.strip_prefix("ABOVEBOARD_").unwrap().to_lowercase();
            pairs.iter().find(|(known, _)| *known == field).map(|(_, value)| (*value).to_owned())
        };
        Written::read(None, &value).unwrap()
    }

    fn key() -> String {
        "ab".repeat(32)
    }

    #[test]
    fn every_mistake_is_named_at_once() {
        let broken = written(&[
            ("listen", "here"),
            ("metrics", "there"),
            ("origin", "console"),
            ("time_zone", "Mars/Base"),
            ("deployment_key", "short"),
            ("tls_key_file", "x"),
            ("policies", "/no/such/folder"),
            ("log_format", "xml"),
            ("stand_in", "maybe"),
        ]);
        let mistakes = broken.check().err().unwrap().0;
        let named = [
            "data",
            "firm",
            "region",
            "listen",
            "metrics",
            "origin",
            "time_zone",
            "DEPLOYMENT_KEY",
            "tls",
            "policies",
            "log_format",
            "stand_in",
        ];
        for name in named {
            assert!(mistakes.iter().any(|mistake| mistake.contains(name)), "{name} in {mistakes:?}");
        }
    }

    #[test]
    fn a_whole_configuration_names_the_log() {
        let key = key();
        let pairs = [
            ("data", "/tmp/x"),
            ("origin", "https://console.example.com/"),
            ("firm", "Casa Aurora Ltda."),
            ("region", "br-1"),
            ("deployment_key", key.as_str()),
        ];
        let config = written(&pairs).check().ok().unwrap();
        assert_eq!(config.log_name, "console.example.com/casa-aurora-ltda/br-1/evidence");
        assert_eq!(config.origin, "https://console.example.com");
    }

    #[test]
    fn a_file_with_an_unknown_field_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("aboveboard.toml");
        std::fs::write(&file, "dta = \"/tmp\"").unwrap();
        let mistakes = Written::read(Some(&file), &|_| None).unwrap_err();
        assert!(mistakes.to_string().contains("dta"), "{mistakes}");
    }
}
