package dev.torus.loop;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.CNAMERecord;
import org.xbill.DNS.DClass;
import org.xbill.DNS.Flags;
import org.xbill.DNS.MXRecord;
import org.xbill.DNS.Message;
import org.xbill.DNS.NSRecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.PTRRecord;
import org.xbill.DNS.Rcode;
import org.xbill.DNS.Record;
import org.xbill.DNS.ReverseMap;
import org.xbill.DNS.SRVRecord;
import org.xbill.DNS.Section;
import org.xbill.DNS.TXTRecord;
import org.xbill.DNS.TextParseException;

/** Questions and answers as bytes, by dnsjava's codec. The only class that knows that library. */
final class DnsWire {
    /** What a reply says, if it is one to the question. */
    record Reply(boolean truncated, int responseCode, List<DnsRecord> records) {
        boolean isOk() {
            return responseCode == Rcode.NOERROR;
        }

        boolean isNoSuchName() {
            return responseCode == Rcode.NXDOMAIN;
        }

        String codeName() {
            return Rcode.string(responseCode);
        }
    }

    private final Record question;
    private final DnsRecordType type;

    /**
     * A question.
     *
     * @throws IllegalArgumentException for what is no domain name
     */
    DnsWire(String name, DnsRecordType type) {
        try {
            this.question = Record.newRecord(Name.fromString(name, Name.root), type.code, DClass.IN);
        } catch (TextParseException e) {
            throw new IllegalArgumentException("no domain name: " + e.getMessage(), e);
        }
        this.type = type;
    }

    /** The name under which the name of an address is found. */
    static String reverseName(InetAddress address) {
        return ReverseMap.fromAddress(address).toString(true);
    }

    byte[] query(int id) {
        Message message = new Message(id);
        message.getHeader().setFlag(Flags.RD);
        message.addRecord(question, Section.QUESTION);
        return message.toWire();
    }

    /** The reply, or null if it answers another question, which whoever guesses sends. */
    Reply reply(byte[] bytes, int id) throws IOException {
        Message message = new Message(bytes);
        if (message.getHeader().getID() != id
                || !message.getHeader().getFlag(Flags.QR)
                || !question.equals(message.getQuestion())) {
            return null;
        }
        boolean truncated = message.getHeader().getFlag(Flags.TC);
        List<DnsRecord> records = truncated ? List.of() : records(message.getSection(Section.ANSWER));
        return new Reply(truncated, message.getRcode(), records);
    }

    /** The records of the name, or of what it stands for. */
    private List<DnsRecord> records(List<Record> answer) {
        Set<Name> names = new HashSet<>();
        names.add(question.getName());
        boolean more = type != DnsRecordType.CNAME;
        while (more) {
            more = false;
            for (Record record : answer) {
                if (record instanceof CNAMERecord alias && names.contains(alias.getName())) {
                    more |= names.add(alias.getTarget());
                }
            }
        }
        List<DnsRecord> found = new ArrayList<>();
        for (Record record : answer) {
            if (record.getType() == type.code && names.contains(record.getName())) {
                found.add(record(record));
            }
        }
        return found;
    }

    private static DnsRecord record(Record record) {
        long ttl = record.getTTL();
        if (record instanceof ARecord a) {
            return new DnsRecord.Address(a.getAddress(), ttl);
        } else if (record instanceof AAAARecord aaaa) {
            return new DnsRecord.Address(aaaa.getAddress(), ttl);
        } else if (record instanceof MXRecord mx) {
            return new DnsRecord.MailExchange(mx.getPriority(), text(mx.getTarget()), ttl);
        } else if (record instanceof TXTRecord txt) {
            return new DnsRecord.Text(List.copyOf(txt.getStrings()), ttl);
        } else if (record instanceof SRVRecord srv) {
            return new DnsRecord.Service(srv.getPriority(), srv.getWeight(), srv.getPort(), text(srv.getTarget()), ttl);
        } else if (record instanceof CNAMERecord cname) {
            return new DnsRecord.Pointer(text(cname.getTarget()), ttl);
        } else if (record instanceof NSRecord ns) {
            return new DnsRecord.Pointer(text(ns.getTarget()), ttl);
        } else {
            return new DnsRecord.Pointer(text(((PTRRecord) record).getTarget()), ttl);
        }
    }

    private static String text(Name name) {
        return name.toString(true);
    }
}
