import {
  atLeast,
  boolean,
  double,
  int,
  javaClass,
  list,
  long,
  oneOf,
  oneOfIgnoringCase,
  password,
  range,
  short,
  string,
} from "../definition.ts";

/** Authorisation, SASL, TLS and delegation tokens. */
export const securityConfigs = {
  "authorizer.class.name": string("", {
    importance: "low",
    documentation: "The Java class that authorises requests; empty: everything is allowed.",
  }),
  "principal.builder.class": javaClass("org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder", {
    importance: "medium",
    update: "per-broker",
    documentation: "The Java class that makes a principal of an authenticated connection.",
  }),
  "connections.max.reauth.ms": long(0, {
    importance: "medium",
    documentation: "How long a SASL connection may live before it has to authenticate again, in milliseconds.",
  }),
  "delegation.token.secret.key": password({
    importance: "medium",
    documentation: "The secret by which delegation tokens are signed.",
  }),
  "delegation.token.max.lifetime.ms": long(604_800_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "The longest life of a delegation token, in milliseconds.",
  }),
  "delegation.token.expiry.time.ms": long(86_400_000, {
    importance: "medium",
    allowed: atLeast(1),
    documentation: "How long a delegation token is valid before it must be renewed, in milliseconds.",
  }),
  "delegation.token.expiry.check.interval.ms": long(3_600_000, {
    importance: "low",
    allowed: atLeast(1),
    documentation: "How often expired delegation tokens are looked for, in milliseconds.",
  }),
  "sasl.enabled.mechanisms": list(["GSSAPI"], {
    importance: "medium",
    update: "per-broker",
    documentation: "The SASL mechanisms that are offered.",
  }),
  "sasl.mechanism.inter.broker.protocol": string("GSSAPI", {
    importance: "medium",
    update: "per-broker",
    documentation: "The SASL mechanism between brokers.",
  }),
  "sasl.mechanism.controller.protocol": string("GSSAPI", {
    importance: "high",
    documentation: "The SASL mechanism towards controllers.",
  }),
  "sasl.jaas.config": password({
    importance: "medium",
    update: "per-broker",
    documentation: "The login of a SASL listener, in JAAS form.",
  }),
  "sasl.server.callback.handler.class": javaClass(null, {
    importance: "medium",
    documentation: "The Java class that checks SASL credentials.",
  }),
  "sasl.server.max.receive.size": int(524_288, {
    importance: "medium",
    documentation: "The largest SASL message that is taken before authentication.",
  }),
  "sasl.client.callback.handler.class": javaClass(null, {
    importance: "medium",
    documentation: "The Java class that answers for a SASL client.",
  }),
  "sasl.login.class": javaClass(null, { importance: "medium", documentation: "The Java class of a SASL login." }),
  "sasl.login.callback.handler.class": javaClass(null, {
    importance: "medium",
    documentation: "The Java class that answers for a SASL login.",
  }),
  "sasl.login.connect.timeout.ms": int(null, {
    importance: "low",
    documentation: "How long a login may take to connect to its provider, in milliseconds.",
  }),
  "sasl.login.read.timeout.ms": int(null, {
    importance: "low",
    documentation: "How long a login waits for its provider, in milliseconds.",
  }),
  "sasl.login.retry.backoff.ms": long(100, {
    importance: "low",
    documentation: "The first pause before a login is tried again, in milliseconds.",
  }),
  "sasl.login.retry.backoff.max.ms": long(10_000, {
    importance: "low",
    documentation: "The longest pause before a login is tried again, in milliseconds.",
  }),
  "sasl.login.refresh.window.factor": double(0.8, {
    importance: "medium",
    update: "per-broker",
    documentation: "After which part of a credential's life it is refreshed.",
  }),
  "sasl.login.refresh.window.jitter": double(0.05, {
    importance: "medium",
    update: "per-broker",
    documentation: "The random part of that time.",
  }),
  "sasl.login.refresh.min.period.seconds": short(60, {
    importance: "medium",
    update: "per-broker",
    documentation: "The least time before a credential is refreshed, in seconds.",
  }),
  "sasl.login.refresh.buffer.seconds": short(300, {
    importance: "medium",
    update: "per-broker",
    documentation: "How long before its end a credential is refreshed at the latest, in seconds.",
  }),
  "sasl.kerberos.service.name": string(null, {
    importance: "medium",
    update: "per-broker",
    documentation: "The name under which the broker is known to Kerberos.",
  }),
  "sasl.kerberos.kinit.cmd": string("/usr/bin/kinit", {
    importance: "medium",
    update: "per-broker",
    documentation: "The path of Kerberos' kinit command.",
  }),
  "sasl.kerberos.ticket.renew.window.factor": double(0.8, {
    importance: "medium",
    update: "per-broker",
    documentation: "After which part of a Kerberos ticket's life it is renewed.",
  }),
  "sasl.kerberos.ticket.renew.jitter": double(0.05, {
    importance: "medium",
    update: "per-broker",
    documentation: "The random part of that time.",
  }),
  "sasl.kerberos.min.time.before.relogin": long(60_000, {
    importance: "medium",
    update: "per-broker",
    documentation: "The least time between two Kerberos logins, in milliseconds.",
  }),
  "sasl.kerberos.principal.to.local.rules": list(["DEFAULT"], {
    importance: "medium",
    update: "per-broker",
    documentation: "Rules that make short names of Kerberos principals.",
  }),
  "sasl.oauthbearer.scope.claim.name": string("scope", {
    importance: "low",
    documentation: "The claim of a token that holds its scope.",
  }),
  "sasl.oauthbearer.sub.claim.name": string("sub", {
    importance: "low",
    documentation: "The claim of a token that holds its subject.",
  }),
  "sasl.oauthbearer.scope": string(null, {
    importance: "medium",
    documentation: "The scope that is asked for at the token endpoint.",
  }),
  "sasl.oauthbearer.token.endpoint.url": string(null, {
    importance: "medium",
    documentation: "Where tokens are issued.",
  }),
  "sasl.oauthbearer.jwks.endpoint.url": string(null, {
    importance: "medium",
    documentation: "Where the keys that sign tokens are published.",
  }),
  "sasl.oauthbearer.jwks.endpoint.refresh.ms": long(3_600_000, {
    importance: "low",
    documentation: "How often those keys are fetched again, in milliseconds.",
  }),
  "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms": long(100, {
    importance: "low",
    documentation: "The first pause after a failed fetch of those keys, in milliseconds.",
  }),
  "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms": long(10_000, {
    importance: "low",
    documentation: "The longest pause after a failed fetch of those keys, in milliseconds.",
  }),
  "sasl.oauthbearer.clock.skew.seconds": int(30, {
    importance: "low",
    documentation: "How far the clocks of issuer and broker may differ, in seconds.",
  }),
  "sasl.oauthbearer.expected.audience": list([], {
    importance: "high",
    documentation: "The audiences of which a token must name one.",
  }),
  "sasl.oauthbearer.expected.issuer": string(null, {
    importance: "high",
    documentation: "The issuer that a token must name.",
  }),
  "sasl.oauthbearer.allow.unverified.audience": boolean(false, {
    importance: "medium",
    documentation: "Whether a token is taken without looking at its audience.",
  }),
  "sasl.oauthbearer.allow.unverified.issuer": boolean(false, {
    importance: "medium",
    documentation: "Whether a token is taken without looking at its issuer.",
  }),
  "sasl.oauthbearer.jwt.retriever.class": javaClass(
    "org.apache.kafka.common.security.oauthbearer.DefaultJwtRetriever",
    { importance: "medium", documentation: "The Java class that fetches tokens." },
  ),
  "sasl.oauthbearer.jwt.validator.class": javaClass(
    "org.apache.kafka.common.security.oauthbearer.DefaultJwtValidator",
    { importance: "medium", documentation: "The Java class that checks tokens." },
  ),
  "sasl.oauthbearer.client.credentials.client.id": string(null, {
    importance: "medium",
    documentation: "The client id for the token endpoint.",
  }),
  "sasl.oauthbearer.client.credentials.client.secret": password({
    importance: "medium",
    documentation: "The client secret for the token endpoint.",
  }),
  "sasl.oauthbearer.assertion.algorithm": string("RS256", {
    importance: "medium",
    allowed: oneOfIgnoringCase("ES256", "RS256"),
    documentation: "The algorithm that signs assertions for the token endpoint.",
  }),
  "sasl.oauthbearer.assertion.claim.aud": string(null, {
    importance: "medium",
    documentation: "The audience of those assertions.",
  }),
  "sasl.oauthbearer.assertion.claim.exp.seconds": int(300, {
    importance: "low",
    allowed: range(0, 86_400),
    documentation: "How long those assertions are valid, in seconds.",
  }),
  "sasl.oauthbearer.assertion.claim.iss": string(null, {
    importance: "medium",
    documentation: "The issuer of those assertions.",
  }),
  "sasl.oauthbearer.assertion.claim.jti.include": boolean(false, {
    importance: "medium",
    documentation: "Whether those assertions carry an id of their own.",
  }),
  "sasl.oauthbearer.assertion.claim.nbf.seconds": int(60, {
    importance: "low",
    allowed: range(0, 3600),
    documentation: "How long before now those assertions begin to be valid, in seconds.",
  }),
  "sasl.oauthbearer.assertion.claim.sub": string(null, {
    importance: "medium",
    documentation: "The subject of those assertions.",
  }),
  "sasl.oauthbearer.assertion.file": string(null, {
    importance: "medium",
    documentation: "A file with a ready assertion.",
  }),
  "sasl.oauthbearer.assertion.private.key.file": string(null, {
    importance: "medium",
    documentation: "The file of the key that signs assertions.",
  }),
  "sasl.oauthbearer.assertion.private.key.passphrase": password({
    importance: "medium",
    documentation: "The passphrase of that key.",
  }),
  "sasl.oauthbearer.assertion.template.file": string(null, {
    importance: "medium",
    documentation: "A file with claims for assertions.",
  }),
  "security.providers": string(null, {
    importance: "low",
    documentation: "Java classes that provide security algorithms.",
  }),
  "ssl.protocol": string("TLSv1.3", {
    importance: "medium",
    update: "per-broker",
    documentation: "The TLS version that is used.",
  }),
  "ssl.enabled.protocols": list(["TLSv1.2", "TLSv1.3"], {
    importance: "medium",
    update: "per-broker",
    documentation: "The TLS versions that are offered.",
  }),
  "ssl.cipher.suites": list([], {
    importance: "medium",
    update: "per-broker",
    documentation: "The cipher suites that are offered; empty: the runtime's own.",
  }),
  "ssl.client.auth": string("none", {
    importance: "medium",
    allowed: oneOf("required", "requested", "none"),
    update: "per-broker",
    documentation: "Whether clients must show a certificate: `required`, `requested` or `none`.",
  }),
  "ssl.endpoint.identification.algorithm": string("https", {
    importance: "low",
    update: "per-broker",
    documentation: "How a peer's host name is checked against its certificate; empty: not at all.",
  }),
  "ssl.principal.mapping.rules": string("DEFAULT", {
    importance: "low",
    documentation: "Rules that make principals of certificate subjects.",
  }),
  "ssl.keystore.type": string("JKS", {
    importance: "medium",
    update: "per-broker",
    documentation: "The form of the key store.",
  }),
  "ssl.keystore.location": string(null, {
    importance: "medium",
    update: "per-broker",
    documentation: "The file of the key store.",
  }),
  "ssl.keystore.password": password({
    importance: "medium",
    update: "per-broker",
    documentation: "The password of the key store.",
  }),
  "ssl.keystore.key": password({
    importance: "medium",
    update: "per-broker",
    documentation: "The private key itself, in PEM form.",
  }),
  "ssl.keystore.certificate.chain": password({
    importance: "medium",
    update: "per-broker",
    documentation: "The certificates themselves, in PEM form.",
  }),
  "ssl.key.password": password({
    importance: "medium",
    update: "per-broker",
    documentation: "The password of the private key.",
  }),
  "ssl.truststore.type": string("JKS", {
    importance: "medium",
    update: "per-broker",
    documentation: "The form of the trust store.",
  }),
  "ssl.truststore.location": string(null, {
    importance: "medium",
    update: "per-broker",
    documentation: "The file of the trust store.",
  }),
  "ssl.truststore.password": password({
    importance: "medium",
    update: "per-broker",
    documentation: "The password of the trust store.",
  }),
  "ssl.truststore.certificates": password({
    importance: "medium",
    update: "per-broker",
    documentation: "The trusted certificates themselves, in PEM form.",
  }),
  "ssl.keymanager.algorithm": string("SunX509", {
    importance: "medium",
    update: "per-broker",
    documentation: "The Java algorithm of the key manager.",
  }),
  "ssl.trustmanager.algorithm": string("PKIX", {
    importance: "medium",
    update: "per-broker",
    documentation: "The Java algorithm of the trust manager.",
  }),
  "ssl.provider": string(null, {
    importance: "medium",
    update: "per-broker",
    documentation: "The Java security provider.",
  }),
  "ssl.secure.random.implementation": string(null, {
    importance: "low",
    update: "per-broker",
    documentation: "The Java generator of random numbers.",
  }),
  "ssl.engine.factory.class": javaClass(null, {
    importance: "low",
    update: "per-broker",
    documentation: "A Java class that makes TLS engines.",
  }),
  "ssl.allow.dn.changes": boolean(false, {
    importance: "low",
    documentation: "Whether a changed key store may carry another distinguished name.",
  }),
  "ssl.allow.san.changes": boolean(false, {
    importance: "low",
    documentation: "Whether a changed key store may carry fewer alternative names.",
  }),
};
