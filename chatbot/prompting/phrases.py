"""How English replies state an answer, refuse one, doubt one, ask and take leave: patterns over one sentence.

Each pattern looks at a bounded stretch of text, so that reading stays linear in the length of a reply.
"""

from __future__ import annotations

import re

_FLAGS = re.IGNORECASE | re.VERBOSE

_LINK = r"""
    (?:
        \s*["']?\s*(?::|=(?!=)|->|=>|→|⇒|—|–|-(?=\s))
      | (?:\s+|(?<=\)))(?:therefore\s+|thus\s+|then\s+|hence\s+|indeed\s+|simply\s+)?
        (?:
            (?P<negated>(?:is|was|are)(?:n't|\s+not)|can(?:not|'t|\ not)\s+be|(?:would|will|must|should
              |could)(?:n't|\s+not)\s+be|won't\s+be)
          | (?P<maybe>(?:could|might|may|can|used\s+to|seems?\s+to|appears?\s+to)\s+(?:possibly\s+|also\s+
          |have\s+)?(?:be|been))
          | is|are|was|equals|becomes|remains|would\s+be|should\s+be|must\s+be|will\s+be|has\s+to\s+be|ought\s+to\s+be
          | (?:comes?|came|works?|turns?)\s+(?:out\s+)?(?:to|as)(?:\s+be)?
        )\b
      | 's(?=\s)
    )
    (?:\s+(?:therefore|thus|then|hence|indeed|simply|clearly|just|definitely|certainly|probably|likely
      |most\s+likely|obviously|in\s+fact|actually|exactly)\b,?)?
    (?:\s*:)?\s*
"""
_BETWEEN = r"""
    (?:["']|\s*\([^()\n]{0,80}\))?
    (?:\s+(?:choice|option|number|value|letter|here|now|then|therefore|thus))?
    (?:\s+(?:to|for|of|in|as|among|from|that|which|with|when|we|I|rounded|expressed|after)\b[^:=.?!\n]{0,120}?)?
    (?:\s*\([^()\n]{0,80}\))?
"""

ANSWERS = re.compile(
    rf"""
    (?:
        \banswers?
      | \b(?:final|correct|right|best|chosen|appropriate|suitable|most\s+\w+)\s+
        (?:result|choice|option|solution|value|number|letter|label|classification|verdict|statement|total|count
          |amount|output)
      | \b(?:my|our|your)\s+(?:final\s+)?(?:choice|pick|selection|verdict|guess)
    )
    {_BETWEEN}{_LINK}
  | \b(?:I|we)(?:'d|\s+would|\s+will|'ll)?\s+(?:choose|select|pick|chose|go\s+(?:with|for)|opt\s+for
  |conclude(?:\s+that\s+(?:it|the\s+\w+)\s+is)?)\s+
  | (?:答案|答え|回答)\s*(?:是|为|は)?\s*:?\s*
  | \b(?:antwort|réponse|respuesta|risposta|resposta)\s*(?:(?:ist|lautet|est|es|è|é)\b)?\s*:\s*
  | \b(?:antwort\s+(?:ist|lautet)|réponse\s+est|respuesta\s+es|risposta\s+è|resposta\s+é)\s+
  | ^\W*(?:the\s+)?(?:final\s+|correct\s+)?answer\s+(?=[-$]?\d|\([A-Za-z]\)|[A-Z]\W*$)
    """,
    _FLAGS,
)
"""Behind it stands the answer."""

TOPICS = re.compile(
    rf"""\b(?:label|sentiment|category|classification|class|topic|intent|emotion|tone|stance|verdict|rating|type
          |prediction|output|result)s?{_BETWEEN}{_LINK}""",
    _FLAGS,
)
"""Behind it stands a label."""

ANSWERS_BEFORE = re.compile(
    r"""(?=.*\b(?:answer|choice|option|correct|right)\b)(.{1,200}?)\s+(?:is|would\s+be|must\s+be|should\s+be|was)\s+
    (?:therefore\s+|thus\s+|clearly\s+|definitely\s+|indeed\s+|probably\s+|likely\s+)?
    (?:
        (?:the|my|our|your)\s+(?:(?:final|correct|right|best|only|most\s+\w+)\s+){0,3}(?:answer|choice|option)\b
      | (?:correct|right|the\s+correct\s+one|the\s+right\s+one|the\s+best\s+one|the\s+best\s+fit)(?=\W*$|\s*[,;]
      |\s+(?:because|since|as)\b)
    )""",
    _FLAGS,
)
"""Before it stands the answer."""

HEADING = re.compile(
    r"[\W_]*(?:(?:so|therefore|thus|hence)\W+)?(?:the\s+|my\s+)?(?:(?:final|correct|short)\s+)*"
    r"(?:answer|result|conclusion|final\s+(?:result|solution))(?:\s+is)?[\s:*_.=\ue002]*",
    re.IGNORECASE,
)
"""A line that announces the answer on the next."""

NEGATES = re.compile(r"\W*(?:not|never|neither|nor|no\s+longer|anything\s+but|unlikely|hardly|n't)\b", re.IGNORECASE)

NO_ANSWER = re.compile(
    r"""\W*(?:$
      | (?:currently\s+|still\s+|simply\s+)?(?:unknown|undetermined|indeterminate|unclear|uncertain|undefined
      |unavailable|unanswerable|missing|inconclusive)\b
      | not\s+(?:known|given|clear|possible|determin\w+|available|provided|specified|enough|sure|certain|applicable
      |stated|found|defined|answerable|mentioned|something)\b
      | n\s*/\s*a\b | (?:none|null|nothing|nil|nan)\b(?!\s+(?:of|left|remain)) | impossible\b | insufficient\b
      | unable\b
      | i\s+(?:do\s+not|don't|can(?:not|'t|\ not)|am\s+(?:not|un)) | (?:it\s+)?(?:can(?:not|'t|\ not)|could\s+not
      |couldn't)\b
      | there\s+is\s+(?:no|not)\b | no\s+(?:answer|solution|idea|information|way)\b | (?:left|up)\s+to\b
      | to\s+be\s+determined\b
      | beyond\b | it\s+depends\b | depends\b
    )""",
    _FLAGS,
)
"""At the start of a statement: there is no answer."""

_ABLE = r"""(?:can(?:not|'t|\ not)|could(?:\ not|n't)|(?:am|are|is|was|be)\s+(?:not\s+able|unable)\s+to|unable\s+to
  |not\s+able\s+to)"""
_FIND = r"""(?:determin|find|answer|tell|say\b|solv|provid|comput|calculat|know|decid|conclu|help|assist|figur
  |work\s+out|be\s+(?:determin|known|answer|found|solv|said|calculat|comput)|give\s+(?:a|an|the|you)\b|confirm
  |deduc|infer|identif|choos|select|pick|complet|establish)"""
REFUSES = re.compile(
    rf"""^\W*(?:(?!yes\b|no\b)[^,\n]{{0,60}},\s*)?(?:(?:so|but|and|therefore|thus|unfortunately|however|sorry|still"
    rf"|then|i'm\s+sorry|based\s+on\s+this)\W+)*
    (?:
        (?:I|we|one|you|it|this|that|there|they|the\s+(?:answer|question|problem|information|result|value|solution
          |correct\s+\w+|exact\s+\w+|total|number)(?:\s+to\s+(?:the|this|that)\s+\w+)?)\s+
        (?:
            (?:simply\s+|really\s+|still\s+)?{_ABLE}\s+(?:\w+\s+){{0,3}}?{_FIND}
          | (?:really\s+|honestly\s+|just\s+)?(?:do\s+not|don't|does\s+not|doesn't)\s+(?:\w+\s+)?(?:know
          |have\s+(?:enough|sufficient|an\s+answer|the\s+(?:answer|information)))
          | (?:is|are|'s)\s+(?:\w+\s+)?(?:not\s+(?:enough|sufficient|possible\s+to)|no\s+(?:way\s+to|answer
          |definit\w+|clear\s+answer)|insufficient|impossible\s+to|(?:hard|difficult)\s+to\s+(?:say|tell|determine)
          |unknown|unclear|indeterminate|ambiguous|unanswerable|undetermined)
          | (?:is|are|does|do|provides?)\s+(?:\w+\s+)?(?:not\s+provide|n't\s+provide)
          | refuse\b | decline\b | give\s+up\b | have\s+no\s+(?:idea|answer|way)
        )
      | I(?:'m|\s+am)\s+(?:\w+\s+)?(?:not\s+(?:sure|certain|able)|unsure|uncertain|unable|sorry)\b
      | (?:there's\s+)?(?:not\s+enough|insufficient|no\s+(?:answer|idea|clear\s+answer|definite\s+answer
      |definitive\s+answer|way\s+to))\b
      | (?:(?:{_ABLE})\s+(?:be\s+)?{_FIND}) | unknown\W*$ | impossible\s+to\b | (?:hard|difficult)\s+to\s+(?:say
      |tell|determine)\b
      | it\s+depends\b | none\s+of\s+the\s+(?:options|choices|answers|above)\b[^.]*\b(?:is|are|fits?|match|correct)
    )""",
    _FLAGS,
)
"""The reply has no answer."""

_ERR = r"""(?:wrong|incorrect|a\s+mistake|an\s+error|in\s+error|mistaken|not\s+(?:right|correct|true|possible
  |the\s+(?:answer|case)))"""
RETRACTS = re.compile(
    rf"""\W*(?:(?:wait|hmm+|hm|no|oops|but|however|actually|hold\s+on|sorry|oh|on\s+second\s+thought|of\s+course"
    rf"|and|yet)\W+){{0,4}}
    (?:
        (?:that|this|it|the\s+above|my\s+(?:answer|calculation|reasoning)|which)(?:'s|\s+is|\s+was|\s+can(?:'t
          |not)\s+be|\s+must\s+be|\s+seems|\s+would\s+be|\s+looks)\s+(?:clearly\s+|obviously\s+|definitely\s+)?{_ERR}
      | (?:that|this|it)\s+isn't\s+(?:right|correct|it)\b
      | I(?:'ve|\s+have)?\s+(?:just\s+)?(?:made|make)\s+(?:a|an)\s+(?:mistake|error)
      | I\s+(?:was|am)\s+(?:wrong|mistaken)
      | (?<=[,:—-]\s)(?:it's\s+|it\s+is\s+|make\s+that\s+|I\s+mean\s+)?(?=[$€£]?\d)
      | scratch\s+that | let\s+me\s+(?:correct|redo|recompute|recalculate|recheck|re-check|rethink|reconsider
      |start\s+over)
    )\b\W*""",
    _FLAGS,
)
"""What was said before is taken back."""

_THINK = r"""(?:think|thinks|thought|say|says|said|guess|guesses|guessed|believe|believes|believed|claim|claims
  |claimed|argue|argues|argued|assume|assumes|assumed|suppose|suggest|suggests|suggested|answer|answered|answers
  |conclude|concluded|expect|expected|pick|picked|choose|chose|respond|responded|consider(?:ed)?|suspect(?:ed)?
  |be\s+tempted|jump\s+to)"""
SUPPOSES = re.compile(
    rf"""\b(?:
        (?:one|you|some(?:one|body)?|some\s+(?:people|students)|(?:many|most|other)?\s*people|many|others?
          |students?|critics|a\s+(?:student|friend|person|classmate|naive\s+\w+))
          \s+(?:(?:might|may|could|would|can|will|often|sometimes|initially|mistakenly|wrongly|incorrectly
            |first)\s+){{0,3}}{_THINK}
      | (?:I|we)\s+(?:(?:had|have|first|initially|originally|briefly|almost|once|wrongly|mistakenly
      |previously)\s+){{1,3}}{_THINK}
      | (?:at\s+first|initially|originally|earlier|previously|before)\W+(?:I|we|it)\s+(?:{_THINK}|seem\w*|look\w*
      |appear\w*|had)
      | (?:I|we)\s+(?:thought|assumed|guessed|considered|tried|rejected|ruled\s+out|eliminated|excluded|dismissed)\b
      | if\s+(?:the|my)\s+(?:\w+\s+)?answer\s+(?:were|was|is)\b | if\s+it\s+(?:were|was)\b | at\s+first\s+(?:glance
      |sight|look) | it\s+(?:might|may|could|would)\s+(?:seem|look|appear|be\s+tempting)\b
      | it\s+is\s+tempting
      | common\s+(?:mistake|error) | mistakenly | (?:would|is|are|was|were|be|seems?|looks?)\s+(?:\w+\s+)?(?:wrong
      |incorrect|mistaken|ruled\s+out|eliminated|rejected|excluded|off\s+the\s+table)\b
      | (?:rule[sd]?|ruling)\s+out\b | eliminat(?:e|es|ed|ing)\b | reject(?:s|ed|ing)?\b | can\s+be\s+(?:dismissed
      |excluded|discarded)
    )""",
    _FLAGS,
)
"""Something is supposed, by others or at first, or found wrong."""

DOUBTS = re.compile(
    r"""(?:
        \b(?:wrong|incorrect|false|mistaken|tempting|naive|common|trick|previous|earlier|initial|original|first
          |intermediate|partial|sample|example|possible|another|other|alternative|old|rough|student's|your|their
          |his|her|user's|no|not|plausible|obvious)\s+(?:\w+\s+)?(?:the\s+)?
      | \b(?:if|whether|unless|suppose|supposing|assume|assuming|doubt|deny|imagine|not|n't|never|unlikely
      |impossible|whenever|say)\s+(?:that\s+)?(?:the|my|your|an?|this|that)?\s*(?:final\s+|correct\s+|right\s+)?
      | (?:can(?:not|'t|\ not)|could\ not|couldn't|unable\s+to|do\ not|don't|did\ not|didn't|impossible\s+to
      |not\s+able\s+to|no\s+way\s+to)\s+(?:\w+\s+){0,4}
    )$""",
    _FLAGS,
)
"""At the end of what stands before a statement: it is none."""

CONTRADICTS = re.compile(
    rf"""\b(?:is|are|was|would\s+be|seems|looks)\s+(?:\w+\s+)?(?:wrong|incorrect|mistaken|not\s+(?:right|correct"
    rf"|the)|impossible)\b
      | \bbut\s+(?:that|this|it|which)(?:'s|\s+is|\s+would\s+be|\s+was|\s+can(?:not
      |'t)\s+be)?\s+(?:\w+\s+)?(?:{_ERR}|ignores|forgets|misses|overlooks|not)
      | \bbut\s+(?:actually|in\s+fact|in\s+reality|really)\b | ^[^.]{{0,40}}\((?:wrong|incorrect|rejected
      |not\s+correct)\)
      | ^[^.]{{0,40}}\bif\s+(?:he|she|they|it|we|you|the)\s+(?:had|hadn't|had\s+not|were|weren't)\b
    """,
    _FLAGS,
)
"""Behind a statement: it is none after all."""

ASKS = re.compile(
    r"\W*(?:(?:so|now|then|and|q|question|problem)\W+)?(?:how\s+(?:many|much|long|far|old|tall|fast|often)"
    r"|what\s+(?:is|was|are|were|will|would|number|percentage)"
    r"|which\s+of|who\s+(?:is|was)|find\s+(?:the|how|out)|calculate\s+the|determine\s+(?:the|how|whether)"
    r"|take\s+the\s+last"
    r"|(?:we|you|I)\s+(?:are|am)\s+asked|(?:we|I)\s+(?:need|want|have)\s+to\s+(?:find|know|determine|figure|answer"
    r"|calculate|solve)"
    r"|the\s+(?:question|problem|task)\s+(?:is|asks|wants))\b",
    re.IGNORECASE,
)
"""At the start of a sentence: it says what is wanted, with or without a question mark."""

OFFERS = re.compile(
    r"""\W*(?:(?:shall|should|can|may|could)\s+I | (?:would|do|did|are|can|could)\s+you
      | (?:does|did|is|was|has)\s+(?:this|that|it|everything|my\s+\w+)\s+(?:\w+\s+)?(?:help|make|clear|ok|okay
      |correct|right|useful|what\s+you|answer)
      | any(?:thing)?\s+(?:else|other|more|further|questions?) | right | correct | ok(?:ay)?
      | is\s+there\s+anything)\b""",
    _FLAGS,
)
"""A question that asks nothing about the answer."""

ASIDE = re.compile(
    r"""(?:
        ^\W*(?:I\s+)?(?:really\s+)?hope\s+(?:this|that|it|you)\b | \blet\s+me\s+know\b | \bfeel\s+free\b
          | \b(?:glad|happy|here)\s+to\s+(?:help|assist|explain|clarify)\b
      | ^\W*good\s+luck\b | \byou're\s+welcome\b | ^\W*(?:many\s+)?thanks?\b | \bif\s+you(?:'d|\s+(?:have|need|want
      |would|are|still))\b | \banything\s+else\b
      | \bhave\s+a\s+(?:nice|great|good|wonderful)\s+day\b | \b(?:great|good|excellent|interesting)\s+question\b
      | ^\W*(?:check|verification|proof|note|notes|remember|recall|p\.?\s?s|source|sources|reference|references
      |confidence|disclaimer|caveat|explanation\s+time|example|tip|hint|warning|reminder)\s*[:.,)-]
      | ^\W*note\s+that\b | ^\W*confidence\b
      | ^\W*(?:to\s+|let's\s+|let\s+us\s+|we\s+can\s+|I\s+can\s+|you\s+can\s+|now\s+)?(?:(?:quickly
      |also)\s+)?(?:double[- ]?)?(?:check|verify|confirm|checking|verifying|double-checking)\b(?!\s+out)
      | ^\W*I(?:'m|\s+am)\s+(?:about\s+)?\d+\s*%\s | ^\W*(?:step|part|page|question|problem|item)\s+\d+\s+(?:of
      |out\s+of|/)\s+\d+\W*$
      | ^\W*(?:this|that)\s+(?:was|is)\s+(?:step|question|problem|part|item|number)\b
    )""",
    _FLAGS,
)
"""Said politely, or about the answer, not as one."""

PLANS = re.compile(
    r"\W*(?:let(?:'s|\s+us|\s+me)\b|(?:first|next|now|then|to\s+\w+)\b[^=\d]*$|I(?:'ll|\s+will)\b|step\s+\d+\W*$"
    r"|(?:okay|ok|sure|alright|certainly|of\s+course|hmm+|well)\W*$|here(?:'s|\s+is|\s+are)\b[^\d]*$|suppose\b"
    r"|assume\b|imagine\b|say\b)(?![^=]*=[^=]*=)",
    re.IGNORECASE,
)
"""At the start of a sentence: it says what comes next."""
