package catalogue

import "strings"

// Speciality is a domain of trades of the ROME nomenclature: what an
// announcement is about (spécialité, sous-spécialité, P3.5). Labels are French,
// as the nomenclature is.
type Speciality struct {
	Code   string // a letter, or three signs for a sub-speciality
	Parent string // code of the speciality, empty for one
	Name   string
}

// Specialities lists them, each followed by its sub-specialities.
func Specialities() []Speciality {
	var list []Speciality
	for line := range strings.Lines(romeDomains) {
		code, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		s := Speciality{Code: code, Name: name}
		if len(code) > 1 {
			s.Parent = code[:1]
		}
		list = append(list, s)
	}
	return list
}

// SpecialityOf is the sub-speciality of a trade, empty where its code is none.
func SpecialityOf(romeCode string) string {
	if len(romeCode) < 3 || romeCode[0] < 'A' || romeCode[0] > 'N' {
		return ""
	}
	return romeCode[:3]
}

// romeDomains is the public nomenclature of trades (répertoire opérationnel des
// métiers et des emplois): its domains and professional domains.
const romeDomains = `A Agriculture et pêche, espaces naturels et espaces verts, soins aux animaux
A11 Engins agricoles et forestiers
A12 Espaces naturels et espaces verts
A13 Études et assistance technique
A14 Production agricole et pêche
A15 Soins aux animaux
B Arts et façonnage d’ouvrages d’art
B11 Arts plastiques
B12 Céramique
B13 Décoration
B14 Fibres et papier
B15 Instruments de musique
B16 Métal, verre, bijouterie et horlogerie
B17 Taxidermie
B18 Tissu et cuirs
C Banque, assurance, immobilier
C11 Assurance
C12 Banque
C13 Finance
C14 Gestion administrative banque et assurances
C15 Immobilier
D Commerce, vente et grande distribution
D11 Commerce alimentaire et métiers de bouche
D12 Commerce non alimentaire et de prestations de confort
D13 Direction de magasin de détail
D14 Force de vente
D15 Grande distribution
E Communication, média et multimédia
E11 Édition et communication
E12 Images et sons
E13 Industries graphiques
E14 Publicité
F Construction, bâtiment et travaux publics
F11 Conception et études
F12 Conduite et encadrement de chantier
F13 Engins de chantier
F14 Extraction
F15 Montage de structures
F16 Second œuvre
F17 Travaux et gros œuvre
G Hôtellerie-restauration, tourisme, loisirs et animation
G11 Accueil et promotion touristique
G12 Animation d’activités de loisirs
G13 Conception, commercialisation et vente de produits touristiques
G14 Gestion et direction
G15 Personnel d’étage en hôtellerie
G16 Production culinaire
G17 Accueil en hôtellerie
G18 Service
H Industrie
H11 Affaires et support technique client
H12 Conception, recherche, études et développement
H13 Hygiène, sécurité, environnement industriels
H14 Méthodes et gestion industrielles
H15 Qualité et analyses industrielles
H21 Alimentaire
H22 Bois
H23 Chimie et pharmacie
H24 Cuir et textile
H25 Direction, encadrement et pilotage de fabrication et production industrielles
H26 Électronique et électricité
H27 Énergie
H28 Matériaux de construction, céramique et verre
H29 Mécanique, travail des métaux et outillage
H31 Papier et carton
H32 Plastique, caoutchouc
H33 Préparation et conditionnement
H34 Traitements thermiques et traitements de surfaces
I Installation et maintenance
I11 Encadrement de l’installation et de la maintenance
I12 Entretien technique
I13 Équipements de production, équipements collectifs
I14 Équipements domestiques et informatique
I15 Travaux d’accès difficile
I16 Véhicules, engins, aéronefs
J Santé
J11 Praticiens médicaux
J12 Praticiens médico-techniques
J13 Professionnels médico-techniques
J14 Rééducation et appareillage
J15 Soins paramédicaux
K Services à la personne et à la collectivité
K11 Accompagnement de la personne
K12 Action sociale, socio-éducative et socio-culturelle
K13 Aide à la vie quotidienne
K14 Conception et mise en œuvre des politiques publiques
K15 Contrôle public
K16 Culture et gestion documentaire
K17 Défense, sécurité publique et secours
K18 Développement territorial et emploi
K19 Droit
K21 Formation initiale et continue
K22 Nettoyage et propreté industriels
K23 Propreté et environnement urbain
K24 Recherche
K25 Sécurité privée
K26 Services funéraires
L Spectacle
L11 Animation de spectacles
L12 Artistes, interprètes du spectacle
L13 Conception et production de spectacles
L14 Sportifs professionnels
L15 Techniciens du spectacle
M Support à l’entreprise
M11 Achats
M12 Comptabilité et gestion
M13 Direction d’entreprise
M14 Organisation et études
M15 Ressources humaines
M16 Secrétariat et assistance
M17 Stratégie commerciale, marketing et supervision des ventes
M18 Systèmes d’information et de télécommunication
N Transport et logistique
N11 Magasinage, manutention des charges et déménagement
N12 Organisation de la circulation des marchandises
N13 Personnel d’encadrement de la logistique
N21 Personnel navigant du transport aérien
N22 Personnel sédentaire du transport aérien
N31 Personnel navigant du transport maritime et fluvial
N32 Personnel sédentaire du transport maritime et fluvial
N41 Personnel de conduite du transport routier
N42 Personnel d’encadrement du transport routier
N43 Personnel de conduite du transport ferroviaire
N44 Personnel d’encadrement du transport ferroviaire
`
