package handlers

import "github.com/gofiber/fiber/v2"

// accountRoutes open, prove and keep accounts (P1), and show the demonstration's
// mailbox (P16.1).
func (p *Portal) accountRoutes() []Route {
	get, post := fiber.MethodGet, fiber.MethodPost
	return []Route{
		{Method: get, Path: "/inscription", Policy: Anyone, Handler: p.signUpForm},
		{Method: post, Path: "/inscription", Policy: Anyone, Limit: LimitAccount, Handler: p.signUp},
		{Method: get, Path: "/inscription/envoyee", Policy: Anyone, Handler: p.signUpSent},
		{Method: post, Path: "/inscription/envoyee", Policy: Anyone, Limit: LimitAccount, Handler: p.signUpAgain},
		{Method: get, Path: "/activation/:token", Policy: LinkHolder, Object: AccountLinkObject, Handler: p.activation},
		{Method: post, Path: "/activation/:token", Policy: LinkHolder, Object: AccountLinkObject, Limit: LimitAccount, Handler: p.activate},
		{Method: get, Path: "/connexion", Policy: Anyone, Handler: p.signInForm},
		{Method: post, Path: "/connexion", Policy: Anyone, Limit: LimitAccount, Handler: p.signIn},
		{Method: get, Path: "/connexion/verification", Policy: HalfWay, Handler: p.factorForm},
		{Method: post, Path: "/connexion/verification", Policy: HalfWay, Limit: LimitAccount, Handler: p.passFactor},
		{Method: get, Path: "/connexion/cle", Policy: Anyone, Enrols: true, Limit: LimitAccount, Handler: p.passkeyOptions},
		{Method: post, Path: "/connexion/cle", Policy: Anyone, Enrols: true, Limit: LimitAccount, Handler: p.passkeySignIn},
		{Method: post, Path: "/deconnexion", Policy: Anyone, Enrols: true, Handler: p.signOut},
		{Method: get, Path: "/mot-de-passe-oublie", Policy: Anyone, Handler: p.forgottenForm},
		{Method: post, Path: "/mot-de-passe-oublie", Policy: Anyone, Limit: LimitAccount, Handler: p.forgotten},
		{Method: get, Path: "/mot-de-passe/:token", Policy: LinkHolder, Object: AccountLinkObject, Handler: p.resetForm},
		{Method: post, Path: "/mot-de-passe/:token", Policy: LinkHolder, Object: AccountLinkObject, Limit: LimitAccount, Handler: p.reset},
		{Method: get, Path: "/compte", Policy: SignedIn, Handler: p.account},
		{Method: post, Path: "/compte", Policy: SignedIn, Handler: p.accountLanguage},
		{Method: get, Path: "/compte/mot-de-passe", Policy: SignedIn, Handler: p.passwordForm},
		{Method: post, Path: "/compte/mot-de-passe", Policy: SignedIn, Limit: LimitAccount, Handler: p.changePassword},
		{Method: get, Path: "/compte/courriel", Policy: SignedIn, Handler: p.emailForm},
		{Method: post, Path: "/compte/courriel", Policy: SignedIn, Limit: LimitAccount, Handler: p.changeEmail},
		{Method: get, Path: "/compte/courriel/:token", Policy: LinkHolder, Object: AccountLinkObject, Handler: p.confirmEmailForm},
		{Method: post, Path: "/compte/courriel/:token", Policy: LinkHolder, Object: AccountLinkObject, Limit: LimitAccount, Handler: p.confirmEmail},
		{Method: get, Path: "/compte/connexions", Policy: SignedIn, Handler: p.signIns},
		{Method: post, Path: "/compte/connexions", Policy: SignedIn, Handler: p.endOtherSignIns},
		{Method: post, Path: "/compte/connexions/:id/fermeture", Policy: SignedIn, Object: SignInObject, Handler: p.endSignIn},
		{Method: get, Path: "/compte/double-verification", Policy: SignedIn, Enrols: true, Handler: p.factors},
		{Method: get, Path: "/compte/double-verification/confirmation", Policy: SignedIn, Enrols: true, Handler: p.proofForm},
		{Method: post, Path: "/compte/double-verification/confirmation", Policy: SignedIn, Enrols: true, Limit: LimitAccount, Handler: p.prove},
		{Method: get, Path: "/compte/double-verification/application", Policy: SignedIn, Enrols: true, Handler: p.applicationForm},
		{Method: post, Path: "/compte/double-verification/application", Policy: SignedIn, Enrols: true, Limit: LimitAccount, Handler: p.addApplication},
		{Method: get, Path: "/compte/double-verification/cle", Policy: SignedIn, Enrols: true, Handler: p.newPasskey},
		{Method: post, Path: "/compte/double-verification/cle", Policy: SignedIn, Enrols: true, Limit: LimitAccount, Handler: p.addPasskey},
		{Method: post, Path: "/compte/double-verification/reprise", Policy: SignedIn, Enrols: true, Limit: LimitWrite, Handler: p.sendKept},
		{Method: post, Path: "/compte/double-verification/codes", Policy: SignedIn, Enrols: true, Limit: LimitAccount, Handler: p.renewCodes},
		{Method: post, Path: "/compte/double-verification/appareils", Policy: SignedIn, Handler: p.forgetDevices},
		{Method: post, Path: "/compte/double-verification/:id/retrait", Policy: SignedIn, Object: FactorObject, Limit: LimitAccount, Handler: p.removeFactor},
		{Method: get, Path: "/_mail", Policy: DemoOnly, Handler: p.mailbox},
		{Method: get, Path: "/_mail/:id", Policy: DemoOnly, Object: MailObject, Handler: p.mail},
		{Method: get, Path: "/_mail/:id/contenu", Policy: DemoOnly, Object: MailObject, Handler: p.mailContent},
	}
}
