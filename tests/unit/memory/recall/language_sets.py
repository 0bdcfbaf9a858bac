"""Small memories in several languages, written for these tests, with questions on them.

Each question names the number of the text that answers it. Among the questions are other forms
of a word, compounds and their parts, accents left out, and typing errors.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LanguageSet:
    texts: tuple[str, ...]
    questions: tuple[tuple[str, int], ...]


GERMAN = LanguageSet(
    (
        "Der Mietvertrag für die Wohnung in der Lindenstraße läuft bis Ende September.",
        "Die Heizungswartung macht jedes Jahr im Oktober die Firma Brandt.",
        "Unsere Katze Mimi ist gegen Katzenschnupfen geimpft, die nächste Impfung ist im Mai.",
        "Das Fahrrad steht im Keller, der Schlüssel für das Schloss liegt in der Küchenschublade.",
        "Oma backt den Apfelkuchen immer mit Zimt und ohne Rosinen.",
        "Die Versicherung hat den Wasserschaden im Badezimmer bezahlt.",
        "Für die Steuererklärung fehlt noch die Bescheinigung der Krankenkasse.",
        "Am Wochenende waren wir mit den Kindern im Tierpark und haben Wölfe gesehen.",
        "Der neue Kühlschrank hat drei Jahre Garantie, die Rechnung liegt im blauen Ordner.",
        "Herr Özdemir aus dem zweiten Stock gießt im Urlaub unsere Pflanzen.",
        "Das Passwort für das Gästenetz steht auf der Rückseite des Routers.",
        "Im Frühjahr wird das Dach neu gedeckt, die Handwerker kommen aus Görlitz.",
    ),
    (
        ("Wie lange gelten die Mietverträge?", 0),
        ("Wer kümmert sich um die Wartung der Heizung?", 1),
        ("Wann muss die Katze wieder zum Impfen?", 2),
        ("Wo ist der Fahrradschlüssel?", 3),
        ("Wie macht Oma ihren Kuchen?", 4),
        ("Was war mit dem Waserschaden?", 5),
        ("Was brauche ich noch für die Steuer?", 6),
        ("Wie lang ist die Garantie vom Kuehlschrank?", 8),
        ("Wer giesst die Pflanzen, wenn wir weg sind?", 9),
        ("Wann kommen die Dachdecker?", 11),
    ),
)

FRENCH = LanguageSet(
    (
        "Le bail de l'appartement de la rue des Tilleuls se termine à la fin de septembre.",
        "L'entretien de la chaudière est fait chaque année en octobre par la société Morel.",
        "Notre chatte Mimi est vaccinée contre le coryza, le prochain rappel est en mai.",
        "Le vélo est à la cave et la clé de l'antivol se trouve dans le tiroir de la cuisine.",
        "Grand-mère prépare toujours la tarte aux pommes avec de la cannelle.",
        "L'assurance a remboursé le dégât des eaux de la salle de bains.",
        "Pour la déclaration d'impôts il manque encore l'attestation de la mutuelle.",
        "Samedi nous sommes allés au zoo avec les enfants et nous avons vu des loups.",
        "Le nouveau réfrigérateur est garanti trois ans, la facture est dans le classeur bleu.",
        "Monsieur Lefèvre, du deuxième étage, arrose nos plantes pendant les vacances.",
        "Le mot de passe du réseau des invités est écrit au dos de la box.",
        "Au printemps la toiture sera refaite par des couvreurs venus de Nantes.",
    ),
    (
        ("Quand se terminent les baux des appartements ?", 0),
        ("Qui s'occupe d'entretenir la chaudiere ?", 1),
        ("Contre quoi le chat a-t-il reçu des vaccins ?", 2),
        ("Où sont les clés de l'antivol du velo ?", 3),
        ("Comment grand-mère prépare-t-elle ses tartes ?", 4),
        ("L'assureur a-t-il payé le degat des eaux ?", 5),
        ("Que manque-t-il pour déclarer les impots ?", 6),
        ("Quelle est la garantie du refrigirateur ?", 8),
        ("Qui arrosera la plante cet été ?", 9),
        ("Quand les toitures seront-elles refaites ?", 11),
    ),
)

SPANISH = LanguageSet(
    (
        "El contrato de alquiler del piso de la calle Olmo termina a finales de septiembre.",
        "La revisión de la caldera la hace cada año en octubre la empresa Morales.",
        "Nuestra gata Mimi está vacunada contra la leucemia, la próxima dosis toca en mayo.",
        "La bicicleta está en el sótano y la llave del candado en el cajón de la cocina.",
        "La abuela prepara la tarta de manzana siempre con canela y sin pasas.",
        "El seguro pagó los daños por la inundación del cuarto de baño.",
        "Para la declaración de la renta falta todavía el certificado del banco.",
        "El sábado fuimos al zoológico con los niños y vimos lobos.",
        "El frigorífico nuevo tiene tres años de garantía, la factura está en la carpeta azul.",
        "El señor Núñez, del segundo piso, riega nuestras plantas en vacaciones.",
        "La contraseña de la red de invitados está escrita detrás del rúter.",
        "En primavera se cambia el tejado, los albañiles vienen de Zaragoza.",
    ),
    (
        ("¿Cuándo terminan los contratos de alquiler?", 0),
        ("¿Quién revisa las calderas?", 1),
        ("¿Contra qué vacunaron a los gatos?", 2),
        ("¿Dónde guardo las llaves del candado?", 3),
        ("¿Con qué hace la abuela las tartas de manzanas?", 4),
        ("¿Qué daño pagaron los seguros?", 5),
        ("¿Qué certificados faltan para la declaracion?", 6),
        ("¿Cuánto dura la garantia del frigorifco?", 8),
        ("¿Quién regará la planta?", 9),
        ("¿De dónde vienen los albaniles?", 11),
    ),
)

CHINESE = LanguageSet(
    (
        "菩提路那套公寓的租房合同到九月底结束。",
        "暖气每年十月由布兰特公司来检修。",
        "我们家的猫咪咪已经打过疫苗,下一次是五月。",
        "自行车放在地下室,车锁的钥匙在厨房的抽屉里。",
        "奶奶做苹果蛋糕总是放肉桂,不放葡萄干。",
        "保险公司已经赔了浴室漏水的损失。",
        "报税还缺一份医疗保险的证明。",
        "周末我们带孩子去了动物园,看到了狼。",
        "新冰箱保修三年,发票在蓝色文件夹里。",
        "二楼的王先生在我们度假时帮忙浇花。",
        "访客网络的密码写在路由器背面。",
        "春天要换屋顶,工人从苏州过来。",
    ),
    (
        ("租房的合同什么时候到期?", 0),
        ("谁来检修暖气?", 1),
        ("猫什么时候再打疫苗?", 2),
        ("自行车锁的钥匙在哪里?", 3),
        ("奶奶的苹果蛋糕里放什么?", 4),
        ("浴室漏水保险赔了吗?", 5),
        ("冰箱的保修期是多久?", 8),
        ("度假的时候谁给我们浇花?", 9),
        ("密码在哪里?", 10),
        ("狼", 7),
    ),
)

JAPANESE = LanguageSet(
    (
        "菩提樹通りのアパートの賃貸契約は九月末に終わります。",
        "暖房の点検は毎年十月にブラント社が行います。",
        "うちの猫のミミは予防接種を受けていて、次の接種は五月です。",
        "自転車は地下室にあり、鍵は台所の引き出しに入っています。",
        "祖母のりんごケーキにはいつもシナモンが入っていて、レーズンは入っていません。",
        "浴室の水漏れの損害は保険会社が払ってくれました。",
        "確定申告には健康保険の証明書がまだ足りません。",
        "週末に子供たちと動物園へ行って、オオカミを見ました。",
        "新しい冷蔵庫の保証は三年で、領収書は青いファイルにあります。",
        "二階の田中さんが休暇のあいだ植物に水をやってくれます。",
        "来客用ネットワークのパスワードはルーターの裏に書いてあります。",
        "春に屋根を葺き替えます。職人は京都から来ます。",
    ),
    (
        ("アパートの契約はいつまでですか?", 0),
        ("暖房を点検するのは誰ですか?", 1),
        ("猫の次の予防注射はいつ?", 2),
        ("自転車の鍵はどこにありますか?", 3),
        ("りんごのケーキには何を入れる?", 4),
        ("水漏れの損害を払ったのは?", 5),
        ("冷蔵庫の保証期間は何年?", 8),
        ("誰が植物に水をやりますか?", 9),
        ("ﾊﾟｽﾜｰﾄﾞはどこに書いてある?", 10),
        ("屋根の職人はどこから来る?", 11),
    ),
)

KOREAN = LanguageSet(
    (
        "보리수길 아파트의 임대 계약은 구월 말에 끝난다.",
        "난방 점검은 해마다 시월에 브란트 회사에서 한다.",
        "우리 고양이 미미는 예방접종을 했고 다음 접종은 오월이다.",
        "자전거는 지하실에 있고 자물쇠 열쇠는 부엌 서랍에 있다.",
        "할머니는 사과 케이크에 늘 계피를 넣으신다.",
        "욕실 누수 피해는 보험회사가 보상했다.",
        "새 냉장고의 보증 기간은 삼 년이고 영수증은 파란 서류철에 있다.",
        "이층의 김 선생님이 휴가 동안 화분에 물을 준다.",
    ),
    (
        ("아파트 계약이 언제 끝나나요?", 0),
        ("난방을 누가 점검하나요?", 1),
        ("고양이의 예방접종은 언제입니까?", 2),
        ("자전거 열쇠가 어디에 있습니까?", 3),
        ("냉장고 보증기간은 얼마나 됩니까?", 6),
    ),
)

THAI = LanguageSet(
    (
        "สัญญาเช่าอพาร์ตเมนต์ที่ถนนลินเดนหมดอายุสิ้นเดือนกันยายน",
        "บริษัทบรันต์มาตรวจเครื่องทำความร้อนทุกเดือนตุลาคม",
        "แมวของเราฉีดวัคซีนแล้ว ครั้งต่อไปเดือนพฤษภาคม",
        "จักรยานอยู่ในห้องใต้ดิน กุญแจล็อกอยู่ในลิ้นชักครัว",
        "คุณยายใส่อบเชยในเค้กแอปเปิลเสมอ",
        "ตู้เย็นใหม่มีประกันสามปี ใบเสร็จอยู่ในแฟ้มสีน้ำเงิน",
    ),
    (
        ("สัญญาเช่าหมดอายุเมื่อไหร่", 0),
        ("แมวต้องฉีดวัคซีนอีกเมื่อไร", 2),
        ("กุญแจจักรยานอยู่ที่ไหน", 3),
        ("ตู้เย็นมีประกันกี่ปี", 5),
    ),
)

SETS = {
    "German": GERMAN,
    "French": FRENCH,
    "Spanish": SPANISH,
    "Chinese": CHINESE,
    "Japanese": JAPANESE,
    "Korean": KOREAN,
    "Thai": THAI,
}
