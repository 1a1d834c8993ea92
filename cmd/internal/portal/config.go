// Package portal holds what the programs share: the operator's settings and the
// wiring of database, search, mail, jobs and web server into one running
// portal.
//
// It refuses business rules: it only builds and starts things, in order, and
// stops them in the opposite order.
package portal

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
	_ "time/tzdata" // the zone must exist on a machine without zoneinfo

	"passerelle/models/cluster"
)

// Config is every setting of the operator: flag, then environment, then file.
// Secrets can also be read from a file named by the variable with _FILE added.
type Config struct {
	Addr           string   `help:"Address to listen on." env:"PASSERELLE_ADDR" default:"127.0.0.1:8080"`
	Data           string   `help:"Data folder; /var/lib/passerelle as root, else the user's own." env:"PASSERELLE_DATA" type:"path"`
	BaseURL        string   `help:"Public address of the portal; absolute links are made from it alone." env:"PASSERELLE_BASE_URL"`
	SecretKey      string   `help:"Secret of at least 32 characters; generated once into the data folder, required with DATABASE_URL." env:"PASSERELLE_SECRET_KEY"`
	Zone           string   `help:"Zone in which deadlines end." env:"PASSERELLE_ZONE" default:"Europe/Paris"`
	Postgres       string   `help:"Private PostgreSQL from the machine (system) or fetched once (download); empty tries both." env:"PASSERELLE_POSTGRES" enum:",system,download" default:""`
	TrustedProxies []string `help:"Addresses of reverse proxies whose X-Forwarded-For is believed." env:"PASSERELLE_TRUSTED_PROXIES"`
	RateFactor     int      `help:"Multiplies the limits of requests per address, for networks where many people share one." env:"PASSERELLE_RATE_FACTOR" default:"1"`
	MetricsAddr    string   `help:"Address of the metrics listener; none when empty." env:"PASSERELLE_METRICS_ADDR"`
	MailFrom       string   `help:"Sender of every mail." env:"PASSERELLE_MAIL_FROM" default:"Passerelle <ne-pas-repondre@passerelle.example.org>"`
	DatabaseURL    string   `help:"PostgreSQL to use instead of the private one." env:"DATABASE_URL"`
	ClamdAddr      string   `help:"Antivirus that examines documents, host:port or the path of its socket; none when empty, which pages say." env:"CLAMD_ADDR" name:"clamd-addr"`
	GotenbergURL   string   `help:"Gotenberg server that turns office files into PDF; LibreOffice of the machine when empty." env:"GOTENBERG_URL" name:"gotenberg-url"`
	MeiliURL       string   `help:"Meilisearch server that answers the searches, http://host:port; PostgreSQL alone when empty." env:"MEILI_URL" name:"meili-url"`
	MeiliMasterKey string   `help:"Key of the Meilisearch server." env:"MEILI_MASTER_KEY" name:"meili-master-key"`
	MeiliPrefix    string   `help:"Beginning of the names of the indexes, where portals share a server." env:"MEILI_PREFIX" name:"meili-prefix" default:"passerelle"`
	SMTPURL        string   `help:"Mail server, smtp://user:password@host:port; mails wait in the queue without one." env:"SMTP_URL" name:"smtp-url"`
	MasterKey      string   `help:"Master key of documents, 32 bytes in base64; else the file master.key of the data folder, made once." env:"PASSERELLE_MASTER_KEY"`
	S3Endpoint     string   `help:"S3 server for documents, https://host:port; the data folder's disk when empty." env:"S3_ENDPOINT" name:"s3-endpoint"`
	S3Bucket       string   `help:"Bucket for documents, made if it is absent and the keys may." env:"S3_BUCKET" name:"s3-bucket" default:"passerelle"`
	S3Region       string   `help:"Region of the bucket." env:"S3_REGION" name:"s3-region" default:"us-east-1"`
	S3AccessKey    string   `help:"Access key of the S3 server." env:"S3_ACCESS_KEY" name:"s3-access-key"`
	S3SecretKey    string   `help:"Secret key of the S3 server." env:"S3_SECRET_KEY" name:"s3-secret-key"`
	MaxConns       int32    `help:"Database connections of this process." env:"PASSERELLE_MAX_CONNS" default:"16"`
	LogLevel       string   `help:"debug, info, warn or error." env:"PASSERELLE_LOG_LEVEL" enum:"debug,info,warn,error" default:"info"`

	OperatorName          string `help:"Who runs the portal, on the legal pages." env:"PASSERELLE_OPERATOR_NAME"`
	OperatorAddress       string `help:"Postal address of the operator." env:"PASSERELLE_OPERATOR_ADDRESS"`
	OperatorContact       string `help:"E-mail of the service that answers." env:"PASSERELLE_OPERATOR_CONTACT"`
	OperatorPhone         string `help:"Telephone of the service that answers." env:"PASSERELLE_OPERATOR_PHONE"`
	OperatorDirector      string `help:"Publication director." env:"PASSERELLE_OPERATOR_DIRECTOR"`
	OperatorDataOfficer   string `help:"Data protection officer." env:"PASSERELLE_OPERATOR_DATA_OFFICER"`
	OperatorHost          string `help:"Who hosts the machine." env:"PASSERELLE_OPERATOR_HOST"`
	OperatorAccessibility string `help:"Declared level of accessibility: full, partial or none." env:"PASSERELLE_OPERATOR_ACCESSIBILITY" enum:"full,partial,none" default:"partial"`

	// Demo is set by the subcommand, never by a setting.
	Demo bool `kong:"-"`
}

// Secrets names the settings that are never printed, and can be read from a file.
func (c *Config) secrets() map[string]*string {
	return map[string]*string{"PASSERELLE_SECRET_KEY": &c.SecretKey, "DATABASE_URL": &c.DatabaseURL, "SMTP_URL": &c.SMTPURL,
		"PASSERELLE_MASTER_KEY": &c.MasterKey, "MEILI_MASTER_KEY": &c.MeiliMasterKey, "S3_ACCESS_KEY": &c.S3AccessKey, "S3_SECRET_KEY": &c.S3SecretKey}
}

// Complete fills what depends on the machine and refuses what cannot work,
// saying how to mend it (P16.2).
func (c *Config) Complete() error {
	for name, value := range c.secrets() {
		if err := fromFile(name, value); err != nil {
			return err
		}
	}
	if c.Data == "" {
		folder, err := cluster.DefaultFolder()
		if err != nil {
			return err
		}
		c.Data = folder
	}
	if _, err := c.Location(); err != nil || c.Zone == "Local" {
		return fmt.Errorf("PASSERELLE_ZONE %q is not a zone of the IANA list, such as Europe/Paris", c.Zone)
	}
	if err := c.checkBaseURL(); err != nil {
		return err
	}
	if err := c.checkMeili(); err != nil {
		return err
	}
	for _, proxy := range c.TrustedProxies {
		_, err := netip.ParseAddr(proxy)
		if _, many := netip.ParsePrefix(proxy); err != nil && many != nil {
			return fmt.Errorf("PASSERELLE_TRUSTED_PROXIES: %q is neither an address nor a range such as 10.0.0.0/8", proxy)
		}
	}
	return c.ensureSecret()
}

func fromFile(name string, value *string) error {
	path := os.Getenv(name + "_FILE")
	if path == "" || *value != "" {
		return nil
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("%s_FILE: %w", name, err)
	}
	*value = strings.TrimSpace(string(content))
	return nil
}

// Location is the portal's zone (P18.11).
func (c *Config) Location() (*time.Location, error) { return time.LoadLocation(c.Zone) }

// checkBaseURL refuses an address over which sessions could be stolen.
func (c *Config) checkBaseURL() error {
	if c.BaseURL == "" {
		c.BaseURL = "http://" + c.Addr
	}
	u, err := url.Parse(c.BaseURL)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" {
		return fmt.Errorf("PASSERELLE_BASE_URL %q: give a scheme and a host, such as https://formation.example.org", c.BaseURL)
	}
	host := u.Hostname()
	ip := net.ParseIP(host)
	loopback := host == "localhost" || (ip != nil && ip.IsLoopback())
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return fmt.Errorf("PASSERELLE_BASE_URL %q must be https, or http on this machine alone: sessions would travel in clear", c.BaseURL)
	}
	c.BaseURL = u.Scheme + "://" + u.Host
	return nil
}

func (c *Config) ensureSecret() error {
	if c.SecretKey != "" {
		if len(c.SecretKey) < 32 {
			return errors.New("PASSERELLE_SECRET_KEY needs at least 32 characters")
		}
		return nil
	}
	if c.DatabaseURL != "" {
		return errors.New("PASSERELLE_SECRET_KEY is required with DATABASE_URL: every instance must share it")
	}
	path := filepath.Join(c.Data, "secret.key")
	if content, err := os.ReadFile(path); err == nil {
		c.SecretKey = strings.TrimSpace(string(content))
		return nil
	}
	if err := os.MkdirAll(c.Data, 0o755); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	b := make([]byte, 32)
	if _, err := rand.Read(b); err != nil {
		return fmt.Errorf("secret key: %w", err)
	}
	c.SecretKey = hex.EncodeToString(b)
	if err := os.WriteFile(path, []byte(c.SecretKey+"\n"), 0o600); err != nil {
		return fmt.Errorf("secret key: %w", err)
	}
	return nil
}
